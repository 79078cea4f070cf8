#pragma once
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

// Variadic and macro parts of the C interface, which Swift does not import.

// Logs in by name and password, or where there is no password by the certificate (SASL EXTERNAL), as a client that wants to hear of a deleted queue and of a broker short of memory or disk
// (the library's own properties leave these capabilities out).
static inline amqp_rpc_reply_t burette_login(amqp_connection_state_t state, const char *vhost, int heartbeat,
                                             const char *name, const char *user, const char *password) {
  amqp_table_entry_t capabilities[2] = {{.key = amqp_cstring_bytes("consumer_cancel_notify")},
                                        {.key = amqp_cstring_bytes("connection.blocked")}};
  for (int i = 0; i < 2; i++) {
    capabilities[i].value.kind = AMQP_FIELD_KIND_BOOLEAN;
    capabilities[i].value.value.boolean = 1;
  }
  amqp_table_entry_t properties[3] = {{.key = amqp_cstring_bytes("connection_name")},
                                      {.key = amqp_cstring_bytes("product")},
                                      {.key = amqp_cstring_bytes("capabilities")}};
  properties[0].value.kind = properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
  properties[0].value.value.bytes = amqp_cstring_bytes(name);
  properties[1].value.value.bytes = amqp_cstring_bytes("Burette");
  properties[2].value.kind = AMQP_FIELD_KIND_TABLE;
  properties[2].value.value.table = (amqp_table_t){2, capabilities};
  amqp_table_t table = {3, properties};
  if (!password)
    return amqp_login_with_properties(state, vhost, 0, 131072, heartbeat, &table, AMQP_SASL_METHOD_EXTERNAL, user);
  return amqp_login_with_properties(state, vhost, 0, 131072, heartbeat, &table, AMQP_SASL_METHOD_PLAIN, user,
                                    password);
}

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

// librabbitmq verifies the host that it connects to and says no more than that this failed; these verify any name, by the hooks of OpenSSL, and
// keep what was found. Must outlive the connection.
typedef struct {
  char *name;
  int error;
} burette_verification;

static inline burette_verification *burette_verification_of(const SSL *ssl) {
  return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}
static inline void burette_name_server(const SSL *ssl, int where, int result) {
  (void)result;
  unsigned char address[16];
  const char *name = burette_verification_of(ssl)->name;
  if (!(where & SSL_CB_HANDSHAKE_START)) return;
  if (inet_pton(AF_INET, name, address) != 1 && inet_pton(AF_INET6, name, address) != 1)
    SSL_set_tlsext_host_name((SSL *)ssl, name);
}
static inline int burette_note_verification(int valid, X509_STORE_CTX *store) {
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  if (!valid) burette_verification_of(ssl)->error = X509_STORE_CTX_get_error(store);
  return valid;
}
// Demands a certificate of the name or address. Returns 0 if that cannot be done.
static inline int burette_verify_server(amqp_socket_t *socket, burette_verification *verification) {
  SSL_CTX *context = amqp_ssl_socket_get_context(socket);
  if (!context) return 0;
  X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context);
  if (!X509_VERIFY_PARAM_set1_ip_asc(parameters, verification->name) &&
      !X509_VERIFY_PARAM_set1_host(parameters, verification->name, 0))
    return 0;
  ERR_clear_error();
  SSL_CTX_set_app_data(context, verification);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, burette_note_verification);
  SSL_CTX_set_info_callback(context, burette_name_server);
  return 1;
}
// The last words of OpenSSL on this thread; NULL if it has none.
static inline const char *burette_tls_reason(void) { return ERR_reason_error_string(ERR_peek_last_error()); }

static const uint32_t burette_basic_deliver = AMQP_BASIC_DELIVER_METHOD;
static const uint32_t burette_basic_return = AMQP_BASIC_RETURN_METHOD;
static const uint32_t burette_basic_ack = AMQP_BASIC_ACK_METHOD;
static const uint32_t burette_basic_nack = AMQP_BASIC_NACK_METHOD;
static const uint32_t burette_basic_cancel = AMQP_BASIC_CANCEL_METHOD;
static const uint32_t burette_basic_get_empty = AMQP_BASIC_GET_EMPTY_METHOD;
static const uint32_t burette_channel_close = AMQP_CHANNEL_CLOSE_METHOD;
static const uint32_t burette_connection_close = AMQP_CONNECTION_CLOSE_METHOD;
static const uint32_t burette_channel_close_ok = AMQP_CHANNEL_CLOSE_OK_METHOD;
static const uint32_t burette_connection_close_ok = AMQP_CONNECTION_CLOSE_OK_METHOD;
static const uint32_t burette_connection_blocked = AMQP_CONNECTION_BLOCKED_METHOD;
static const uint32_t burette_connection_unblocked = AMQP_CONNECTION_UNBLOCKED_METHOD;

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

// The wake-up of a connection's thread: a descriptor to wait on beside the socket.
static inline int burette_wakeup_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
static inline void burette_wakeup_signal(int descriptor) {
  uint64_t one = 1;
  (void)!write(descriptor, &one, sizeof one);
}
static inline void burette_wakeup_clear(int descriptor) {
  uint64_t count;
  (void)!read(descriptor, &count, sizeof count);
}
// Waits until the socket can be read, the wake-up was signalled, or the milliseconds are over.
static inline void burette_wait(int socket, int wakeup, int milliseconds) {
  struct pollfd both[2] = {{.fd = socket, .events = POLLIN}, {.fd = wakeup, .events = POLLIN}};
  poll(both, 2, milliseconds);
}
