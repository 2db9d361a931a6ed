"""serve.py MODULE PORT THREADS: serves MODULE.application on loopback until it is stopped."""

import importlib
import logging
import sys

import waitress

module, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.argv = [module]
application = importlib.import_module(module).application
logging.getLogger("waitress").setLevel(logging.ERROR)
waitress.serve(application, host="127.0.0.1", port=port, threads=threads, ident=None)
