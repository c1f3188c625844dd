"""Gunicorn's settings in the container."""

bind = "0.0.0.0:8080"
# One process with one model. Its threads wait for the databases in parallel. For more capacity, run more pods.
workers = 1
worker_class = "gthread"
threads = 4
# Seconds that running requests have to finish after SIGTERM; less than the pod's grace period.
graceful_timeout = 20
# The root file system is read-only.
worker_tmp_dir = "/tmp"
control_socket_disable = True
errorlog = "-"


def post_worker_init(worker):
    """Loads the model. /health answers in the meantime."""
    worker.wsgi.extensions["model"].load_in_background()
