# The image of a release. goreleaser builds it for each platform, with the
# finished programs in directories such as linux/amd64/ of the build context:
# see dockers_v2 in .goreleaser.yaml. To build it, make a release or run
#   go run github.com/goreleaser/goreleaser/v2@v2.14.3 release --snapshot --clean
#
# The base contains certificate authorities, time zones and the user nonroot
# (65532), and no shell. There is no keyring in it: pass the token as a file or
# in the environment.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETPLATFORM
LABEL io.modelcontextprotocol.server.name="io.github.seed-7d826362/jira-mcp" \
      org.opencontainers.image.title="jira-mcp" \
      org.opencontainers.image.description="Jira Cloud for AI assistants, over the Model Context Protocol" \
      org.opencontainers.image.url="https://github.com/seed-7d826362/jira-mcp" \
      org.opencontainers.image.source="https://github.com/seed-7d826362/jira-mcp" \
      org.opencontainers.image.documentation="https://github.com/seed-7d826362/jira-mcp/blob/main/README.md" \
      org.opencontainers.image.authors="The jira-mcp authors" \
      org.opencontainers.image.vendor="The jira-mcp authors" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE build/THIRD-PARTY-LICENSES.txt /usr/share/doc/jira-mcp/
COPY ${TARGETPLATFORM}/jira-mcp /usr/local/bin/jira-mcp
ENTRYPOINT ["/usr/local/bin/jira-mcp"]
