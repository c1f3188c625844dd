"""Gunicorn's settings in the container."""

from flaskml.monitoring import serve_monitoring

bind = "0.0.0.0:8080"
# One process with one model. For more capacity, run more pods.
workers = 1
worker_class = "flaskml.worker.TimeLimitWorker"
# A thread may wait for a slow sender. flaskml/routes.py limits how many predict at a time.
threads = 64
# Seconds that running requests have to finish after SIGTERM; less than the pod's grace period.
graceful_timeout = 20
# The root file system is read-only.
worker_tmp_dir = "/tmp"
control_socket_disable = True
errorlog = "-"


def post_worker_init(worker):
    """Serves the probes and the metrics, and loads the model. /health answers in the meantime."""
    serve_monitoring(worker.wsgi, worker.wsgi.config["MONITORING_PORT"])
    worker.wsgi.extensions["model"].load_in_background()
