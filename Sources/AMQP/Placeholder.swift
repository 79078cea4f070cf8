import CRabbitMQ
import Logging
