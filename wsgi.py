"""The service for any WSGI server: `gunicorn wsgi:app`. Nothing is read or started before a process is first asked."""

from enterprise_service.bootstrap import wsgi_app

app = wsgi_app()
