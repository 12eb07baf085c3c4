# Stand-ins for the base images of deploy/Dockerfile, from Debian's packages and this machine's Go, for those who want no other
# source of images. `scripts/images offline` builds one target after the other, each with a context of its own.

# Context: the folder of this machine's own certificate authorities, for networks that have one.
FROM debian:trixie-slim AS certificates
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY . /usr/local/share/ca-certificates/
RUN update-ca-certificates

FROM usagegraph-base-certificates AS node
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nodejs npm \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt

# Context: GOROOT.
FROM usagegraph-base-certificates AS go
COPY . /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH GOTOOLCHAIN=local
