"""How gunicorn serves the app in its container."""

bind = "0.0.0.0:8080"
# One process holds one model; its threads wait for the databases side by side. More capacity is more pods.
workers = 1
worker_class = "gthread"
threads = 4
# Requests under way get this long to end after SIGTERM, which is less than the pod's grace period.
graceful_timeout = 20
# The root file system is read-only.
worker_tmp_dir = "/tmp"
control_socket_disable = True
errorlog = "-"


def post_worker_init(worker):
    """Loads the model while /health already answers."""
    worker.wsgi.extensions["model"].load_in_background()
