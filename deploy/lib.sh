# What demo, test and the others share: installing what is missing, and a private RabbitMQ node on loopback.

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

# Installs the Debian packages that are missing, and says which. No service is started by it.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing, and installing them needs root: ${missing[*]}"
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || die "these packages are missing, and there is no apt-get: ${missing[*]}"
  say "installing ${missing[*]}"
  # Debian starts a server as it installs it; a policy that says no, for as long as this takes, keeps it from doing so.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    made=yes
  fi
  local log status=0
  log=$(mktemp)
  { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null || status=$?
  [ -z "$made" ] || "${as_root[@]}" rm -f "$policy"
  [ "$status" -eq 0 ] || { tail -n 20 "$log" >&2; die "apt-get failed; its last lines are above"; }
  rm -f "$log"
}

need_swift() {
  command -v swift >/dev/null || die "Swift 6 is missing; install it from https://www.swift.org/install/linux/ and run this again"
}

# What the product is built with.
need_build_packages() {
  need_packages librabbitmq-dev libssl-dev libnlopt-dev libqrencode-dev libxlsxwriter-dev libzip-dev libopenblas-dev liblapacke-dev libsqlite3-dev pkg-config ca-certificates
}

# A port that nobody listens on now.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# broker_tool DIR TOOL: a program in DIR that runs a tool of RabbitMQ: this machine's, or that of the Debian root in BROKER_ROOT (as root), which
# finds DIR at the same place. Its mounts end with it.
broker_tool() {
  local dir=$1 tool=$2
  if [ -z "${BROKER_ROOT:-}" ]; then
    printf '#!/bin/sh\nexec /usr/lib/rabbitmq/bin/%s "$@"\n' "$tool" >"$dir/$tool"
  else
    cat >"$dir/$tool" <<EOF
#!/bin/sh
exec unshare --mount /bin/sh -c '
  set -e
  mkdir -p "$BROKER_ROOT$dir"
  mount --bind "$dir" "$BROKER_ROOT$dir"
  mount -t proc proc "$BROKER_ROOT/proc"
  for file in hosts resolv.conf; do touch "$BROKER_ROOT/etc/\$file"; mount --bind "/etc/\$file" "$BROKER_ROOT/etc/\$file"; done
  exec chroot "$BROKER_ROOT" /usr/lib/rabbitmq/bin/$tool "\$@"' $tool "\$@"
EOF
  fi
  chmod +x "$dir/$tool"
}

# start_node DIR [ADDRESS]: a RabbitMQ node of its own in DIR, on loopback (and on ADDRESS), with a port mapper of its own, or that of
# NODE_MAPPER. No system service, file or port is touched. Sets NODE_PORT, NODE_TLS_PORT (where DIR/tls has certificates), NODE_PID, NODE_DIR,
# and NODE_MANAGEMENT_PORT where NODE_PLUGINS names rabbitmq_management. With NODE_HOST=ADDRESS in the environment the node's own traffic goes
# over that address, too: it may be one of a cluster of several hosts.
start_node() {
  local dir=$1 tool plugins=${NODE_PLUGINS:-}
  [ ! -d "$dir/tls" ] || plugins=${plugins:+$plugins,}rabbitmq_auth_mechanism_ssl
  mkdir -p "$dir/data" "$dir/log"
  for tool in rabbitmq-server rabbitmqctl; do broker_tool "$dir" "$tool"; done
  NODE_PORT=$(free_port) NODE_TLS_PORT=$(free_port) NODE_MANAGEMENT_PORT=$(free_port)
  cat >"$dir/env" <<EOF
export HOME=$dir ERL_EPMD_ADDRESS=${NODE_HOST:-127.0.0.1} ERL_EPMD_PORT=${NODE_MAPPER:-$(free_port)}
export RABBITMQ_USE_LONGNAME=${NODE_HOST:+true} RABBITMQ_NODENAME=burette$NODE_PORT@${NODE_HOST:-localhost} RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf \\
  RABBITMQ_MNESIA_BASE=$dir/data RABBITMQ_LOG_BASE=$dir/log RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins \\
  RABBITMQ_DIST_PORT=$((NODE_PORT + 20000)) RABBITMQ_CTL_DIST_PORT_MIN=$((NODE_PORT + 20001)) \\
  RABBITMQ_CTL_DIST_PORT_MAX=$((NODE_PORT + 20010)) NODE_PORT=$NODE_PORT NODE_TLS_PORT=$NODE_TLS_PORT
EOF
  echo "[$plugins]." >"$dir/enabled_plugins"
  {
    printf 'listeners.tcp.1 = 127.0.0.1:%s\n' "$NODE_PORT"
    [ -z "${2:-}" ] || printf 'listeners.tcp.2 = %s:%s\n' "$2" "$NODE_PORT"
    printf 'distribution.listener.interface = %s\nlog.console = false\nlog.file.level = warning\n' "${NODE_HOST:-127.0.0.1}"
    grep -v '^ *\(listeners\|loopback_users\|#\)' "$DEPLOY/rabbitmq.conf" | grep . || true
    [ -z "${2:-}" ] || printf 'loopback_users = none\n'
    [ -z "${NODE_PLUGINS:-}" ] ||
      printf 'management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %s\n' "$NODE_MANAGEMENT_PORT"
    if [ -d "$dir/tls" ]; then
      printf 'listeners.ssl.1 = 127.0.0.1:%s\n' "$NODE_TLS_PORT"
      printf 'ssl_options.cacertfile = %s/tls/ca.pem\nssl_options.certfile = %s/tls/server.pem\n' "$dir" "$dir"
      # Clients may have a certificate, and log in by it; this one demands none.
      printf 'ssl_options.keyfile = %s/tls/server.key\nssl_options.verify = verify_peer\n' "$dir"
      printf 'ssl_options.fail_if_no_peer_cert = false\nssl_cert_login_from = common_name\n'
      printf 'auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = AMQPLAIN\nauth_mechanisms.3 = EXTERNAL\n'
    fi
  } >"$dir/rabbitmq.conf"
  run_node "$dir"
}

# run_node DIR: starts the node that start_node made in DIR, once more if it has ended, and waits until it answers.
run_node() {
  local dir=$1 try
  . "$dir/env"
  "$dir/rabbitmq-server" >"$dir/out" 2>&1 </dev/null &
  NODE_PID=$!
  NODE_DIR=$dir
  for try in $(seq 480); do
    kill -0 "$NODE_PID" 2>/dev/null || { cat "$dir/out" >&2; die "RabbitMQ did not start; its words are above"; }
    if (exec 3<>"/dev/tcp/127.0.0.1/$NODE_PORT") 2>/dev/null; then return; fi
    sleep 0.25
  done
  cat "$dir/out" >&2
  die "RabbitMQ did not answer within two minutes"
}

# Stops what start_node started, whatever state it is in.
stop_node() {
  if [ -n "${NODE_PID:-}" ]; then
    kill "$NODE_PID" 2>/dev/null || true
    local try
    for try in $(seq 40); do kill -0 "$NODE_PID" 2>/dev/null || break; sleep 0.25; done
    kill -9 "$NODE_PID" 2>/dev/null || true
    wait "$NODE_PID" 2>/dev/null || true
    epmd -kill >/dev/null 2>&1 || true
  fi
}

# A control command of the node that start_node started.
node_ctl() { "$NODE_DIR/rabbitmqctl" --quiet "$@"; }
