# The payment gateway, by itself: it knows nothing of RaptorFlow, and keeps its ledger in memory.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS environment
COPY requirements/gateway.txt /tmp/
RUN python -m venv --without-pip /opt/gateway \
 && python -m pip --python /opt/gateway/bin/python install --no-cache-dir --require-hashes -r /tmp/gateway.txt
COPY mocks /srv/mocks
COPY stack/images/enrol.py /srv/
RUN python -m compileall -q /srv

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/gateway/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 TZ=UTC
COPY --from=environment /opt/gateway /opt/gateway
COPY --from=environment /srv /srv
WORKDIR /srv
USER 10001:10001
EXPOSE 9900
CMD ["python", "-m", "mocks.phonepe", "--host", "0.0.0.0", "--port", "9900"]
