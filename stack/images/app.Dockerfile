# The reference RaptorFlow: its pinned requirements, its code, a user without rights. Every setting comes from outside.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS environment
COPY requirements/raptorflow.txt /tmp/
RUN python -m venv --without-pip /opt/raptorflow \
 && python -m pip --python /opt/raptorflow/bin/python install --no-cache-dir --require-hashes -r /tmp/raptorflow.txt
COPY raptorflow /srv/raptorflow
RUN python -m compileall -q /srv

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/raptorflow/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 TZ=UTC
COPY --from=environment /opt/raptorflow /opt/raptorflow
COPY --from=environment /srv /srv
WORKDIR /srv
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "raptorflow", "serve", "--host", "0.0.0.0", "--port", "8000"]
