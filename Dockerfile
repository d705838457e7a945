# A small image with nothing but the program: docker run --rm -v "$PWD:/work:ro" gatelint
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base linux-headers
WORKDIR /src
COPY . .
RUN cargo build --release --locked && strip target/release/gatelint

FROM scratch
COPY --from=build /src/target/release/gatelint /gatelint
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["/gatelint"]
