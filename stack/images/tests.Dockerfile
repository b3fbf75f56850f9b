# The harness with all that it needs, as `make setup` leaves it: both environments, a browser, a Redis, the report's modules.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
ENV PYTHONUNBUFFERED=1 LANG=C.UTF-8 TZ=UTC
RUN useradd --uid 10001 --user-group --home-dir /tmp --no-create-home tests
WORKDIR /srv
COPY requirements requirements
COPY reports/allure/package.json reports/allure/package-lock.json reports/allure/
COPY core/__init__.py core/exits.py core/
COPY stack/errors.py stack/cache.py stack/tools.py stack/
COPY stack/setup stack/setup
ENV RAPTORFLOW_APART=/srv/.apart
RUN apt-get update -qq && apt-get install -yqq --no-install-recommends make \
 && touch stack/__init__.py && NODE_EXTRA_CA_CERTS=${SSL_CERT_FILE} PIP_NO_CACHE_DIR=1 python -m stack.setup \
 && rm -rf /root/.npm /root/.cache /var/lib/apt/lists/*
RUN NODE_EXTRA_CA_CERTS=${SSL_CERT_FILE} PIP_NO_CACHE_DIR=1 \
    .venv/bin/python -m stack.setup.apart pg-sdk-node sdk-2.1.6 sdk-2.3.0 wild-clients && rm -rf /root/.npm /root/.cache
COPY . .
RUN python -m compileall -q -x '/(\.venv|node_modules)' /srv && install -d -o tests -g tests reports/out
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 RAPTORFLOW_CACHE=/tmp/cache
USER 10001:10001
CMD [".venv/bin/python", "-m", "reports", "verify"]
