# The server as a static binary on an empty image: no shell, no packages, no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/klantkaart ./server \
	&& mkdir /out/data

FROM scratch
# For TLS to PostgreSQL and Redis. Time zones are in the binary.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/klantkaart /klantkaart
# Files, and the embedded database where there is no PostgreSQL: mount a volume here.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV KLANTKAART_LISTEN=:8080 KLANTKAART_LOG_FORMAT=json DATABASE_URL=sqlite:/data/klantkaart.db KLANTKAART_FILES=/data/files
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/klantkaart", "health"]
ENTRYPOINT ["/klantkaart"]
CMD ["serve"]
