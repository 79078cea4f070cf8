import CLAPACK
import CNLopt
enum T { static func f() { openblas_set_num_threads(1) } }
