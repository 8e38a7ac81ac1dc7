#!/usr/bin/env bash
# Pushes an image with the lines of docs/deploy-aws-ecs.md to a registry on loopback, and pulls it back by its digest.
# usage: deploy/aws/verify-push.sh <image>
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

die() {
  echo "verify-push: $*" >&2
  exit 1
}
[ $# = 1 ] || die "usage: $0 <image>"
docker info >/dev/null 2>&1 || die "no Docker engine here"
command -v docker-registry >/dev/null || die "no registry here: apt-get install docker-registry"
id=$(docker image inspect --format '{{.Id}}' "$1") || die "no image $1"

work=$(mktemp -d)
registry=
cleanup() {
  [ -z "$registry" ] || kill "$registry" 2>/dev/null || true
  [ -z "${VERSION-}" ] || docker image rm "tasktrail:$VERSION" "$IMAGE" ${digest:+"$digest"} >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/config.yml" <<YAML
version: 0.1
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: "127.0.0.1:$port" }
YAML
docker-registry serve "$work/config.yml" >"$work/registry.log" 2>&1 &
registry=$!
for _ in $(seq 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$registry" 2>/dev/null || die "the registry ended: $(tail -n 1 "$work/registry.log")"
  sleep 0.2
done

VERSION=verify-$$
IMAGE=127.0.0.1:$port/tasktrail:$VERSION
docker tag "$1" "tasktrail:$VERSION"
grep -E '^docker (tag|push) ' "$root/docs/deploy-aws-ecs.md" >"$work/commands.sh"
[ "$(wc -l <"$work/commands.sh")" = 2 ] || die "the document's lines for tag and push are not as expected"
# shellcheck source=/dev/null
. "$work/commands.sh"

digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$IMAGE" | grep "^127.0.0.1:$port/")
docker image rm "$IMAGE" >/dev/null
docker pull "$digest"
[ "$(docker image inspect --format '{{.Id}}' "$digest")" = "$id" ] || die "what came back is another image"
echo "verify-push: $1 went to the registry and came back as $digest"
