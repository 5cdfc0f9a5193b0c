#!/bin/bash
# Sends the document of run.sh to Dependency-Track: upload.sh
# MODELBOM_UPLOAD_URL is the server, MODELBOM_UPLOAD_PROJECT and
# MODELBOM_UPLOAD_VERSION name the project, and MODELBOM_API_KEY holds the key, which
# modelbom reads itself. Nothing is sent when there is no address.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=pipelines/lib.sh
. "$here/lib.sh"
out="${MODELBOM_OUT:-modelbom-out}"
[ -n "${MODELBOM_UPLOAD_URL:-}" ] || { say "note: no address to upload to"; exit 0; }
# Requests from forks get no secrets. That is no failure of theirs.
[ -n "${MODELBOM_API_KEY:-}" ] || { say "warning: MODELBOM_API_KEY is empty; nothing is uploaded"; exit 0; }
project="${MODELBOM_UPLOAD_PROJECT:-${MODELBOM_NAME:-}}"
version="${MODELBOM_UPLOAD_VERSION:-${MODELBOM_VERSION:-}}"
[ -n "$project" ] && [ -n "$version" ] || fail "name the project and its version: MODELBOM_UPLOAD_PROJECT, MODELBOM_UPLOAD_VERSION"
exec "${MODELBOM_COMMAND:-modelbom}" upload "$out/bom.cdx.json" --url="$MODELBOM_UPLOAD_URL" --project="$project" --project-version="$version" --auto-create
