# Any image with Python 3.11 to 3.14, its venv and pip will do.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/enterprise-service
WORKDIR /build
# First what changes seldom: a change of the code doesn't fetch the packages again.
COPY requirements.lock ./
RUN /opt/enterprise-service/bin/pip install --require-hashes --only-binary :all: --no-deps -r requirements.lock
COPY . ./
RUN /opt/enterprise-service/bin/pip install --no-deps --no-index --no-build-isolation . \
 && cp wsgi.py /opt/enterprise-service/ \
 && /opt/enterprise-service/bin/pip uninstall --yes setuptools pip

FROM ${BASE}
LABEL org.opencontainers.image.title="backend-enterprise-service" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/enterprise-service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    SQLITE_PATH=/var/lib/enterprise-service/enterprise.db
COPY --from=build /opt/enterprise-service /opt/enterprise-service
# The root file system may be read-only: only the embedded store's folder is written, where it is used at all.
RUN mkdir -m 0700 /var/lib/enterprise-service && chown 10001:10001 /var/lib/enterprise-service
WORKDIR /opt/enterprise-service
USER 10001:10001
EXPOSE 3017
CMD ["enterprise-service", "serve"]
