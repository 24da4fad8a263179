# An image for the cache, the install containers and, if you like, the agents: python3, git, CA certificates and the node
# runtime. docs/image.md says more. Build it with `make image BASE=…`.
#
# BASE is the image to build on, with its digest: name@sha256:…. There is no default, so that two builds of one commit
# never differ because a tag has moved. Any base that has python3 (3.9 or later), git (2.30 or later) and CA certificates,
# wherever its distribution keeps them, will do; what a Debian or Ubuntu lacks of these is installed.
ARG BASE
FROM ${BASE}
ARG BASE
ARG VERSION
LABEL org.opencontainers.image.title="agent-overlays" \
      org.opencontainers.image.description="Keeps overlay repositories in step on nodes, and installs them into agents' pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"

USER 0:0
RUN set -eu; \
    has_certificates() { \
      for bundle in certs/ca-certificates.crt ca-bundle.pem cert.pem ../pki/tls/certs/ca-bundle.crt; do \
        [ ! -s "/etc/ssl/$bundle" ] || return 0; \
      done; \
      ! command -v apt-get && python3 -B -c 'import os, ssl, sys; \
paths = ssl.get_default_verify_paths(); \
sys.exit(not (paths.cafile or paths.capath and os.listdir(paths.capath)))'; \
    }; \
    lacking=''; \
    command -v python3 >/dev/null || lacking="$lacking python3"; \
    command -v git >/dev/null || lacking="$lacking git"; \
    has_certificates >/dev/null 2>&1 || lacking="$lacking ca-certificates"; \
    if [ -n "$lacking" ]; then \
      command -v apt-get >/dev/null || { echo "this base lacks$lacking, and has no apt-get to install it" >&2; exit 1; }; \
      export DEBIAN_FRONTEND=noninteractive; \
      apt-get -qq update; \
      apt-get -qq install --yes --no-install-recommends $lacking >/dev/null; \
      apt-get -qq clean; \
      rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/debconf/*-old \
        /var/cache/ldconfig/aux-cache; \
    fi

COPY LICENSE chart/node /usr/local/lib/agent-overlays/
# Readable by every user, whatever the umask of the checkout was; found by this Python from any directory.
RUN set -eu; \
    chmod -R u=rwX,go=rX /usr/local/lib/agent-overlays; \
    python3 -B -c 'import pathlib, re, subprocess, sys, sysconfig; \
sys.version_info >= (3, 9) or sys.exit("this base has Python %d.%d, and 3.9 is the oldest that will do" % sys.version_info[:2]); \
git = tuple(map(int, re.findall(b"[0-9]+", subprocess.check_output(["git", "--version"]))[:2])); \
git >= (2, 30) or sys.exit("this base has git %d.%d, and 2.30 is the oldest that will do" % git); \
folder = pathlib.Path(sysconfig.get_path("purelib")); \
folder.mkdir(parents=True, exist_ok=True); \
(folder / "agent-overlays.pth").write_text("/usr/local/lib/agent-overlays\n")'; \
    cd /; \
    python3 -B -m overlays_node --help >/dev/null

# The chart's own users stand in its pods; this one is for everybody else.
USER 1000:1000
WORKDIR /
ENTRYPOINT ["python3", "-B", "-m", "overlays_node"]
CMD ["--help"]
