"""How gunicorn serves the site: a few threads in two processes, renewed now and then."""

worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
max_requests = 2000
max_requests_jitter = 200
control_socket_disable = True  # it would stand in the home folder; processes are run by signals
