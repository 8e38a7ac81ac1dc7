#!/usr/bin/env bash
# Runs the commands of docs/deploy-aws-ecs.md, as they stand there and in their order, against a local
# stand-in of the AWS API: moto. The AWS CLI checks their parameters, moto what they refer to.
# docker and curl do nothing here; verify-push.sh checks the push.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
document=$root/docs/deploy-aws-ecs.md

die() {
  echo "verify-cli: $*" >&2
  exit 1
}
command -v aws >/dev/null || die "no AWS CLI here: apt-get install awscli, or pip install awscli"
python3 -c 'import moto.server' 2>/dev/null || die "no moto here: pip install 'moto[server]'"

work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
ln -s "$root/deploy" "$work/deploy"
awk '/^```bash$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$document" >"$work/commands.sh"

# afterwards, with the variables the document has set
cat >>"$work/commands.sh" <<'CHECKS'
mv "$work/calls" "$work/accepted"
secret() {
  aws secretsmanager get-secret-value --secret-id tasktrail/service --query SecretString --output text |
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}
expect() {
  local actual
  actual=$("${@:3}" --output text)
  [ "$actual" = "$2" ] || { echo "$1: '$actual' instead of '$2'"; exit 1; }
}
expect 'tasks wanted' 2 aws ecs describe-services --cluster tasktrail --services tasktrail --query 'services[0].desiredCount'
expect 'task definition' "$TASK" aws ecs describe-services --cluster tasktrail --services tasktrail --query 'services[0].taskDefinition'
expect 'exit code of the migration' 0 aws ecs describe-tasks --cluster tasktrail --tasks "$MIGRATION" --query 'tasks[0].containers[0].exitCode'
expect 'databases' $'tasktrail\ntasktrail-broken' bash -c "aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier]' --output text | sort" --
[ "$(secret JWT_SECRET_KEY)" = "$NEW" ] || { echo 'JWT_SECRET_KEY was not exchanged'; exit 1; }
case $(secret JWT_SECRET_KEY_ACCEPTED) in "$OLD" | "$NEW") echo 'the old secret is still accepted'; exit 1 ;; esac
[[ $(aws secretsmanager get-secret-value --secret-id tasktrail/admin-password --query SecretString --output text) =~ ^[0-9a-f]{32}$ ]] ||
  { echo 'the command that shows the password shows something else'; exit 1; }
expect 'listeners' $'80\tredirect\n443\tforward' aws elbv2 describe-listeners --load-balancer-arn "$BALANCER" --query 'Listeners[].[Port,DefaultActions[0].Type]'
expect 'images' "$IMAGE"$'\t'"$IMAGE" aws ecs describe-task-definition --task-definition "$TASK" --query 'taskDefinition.containerDefinitions[].image'
aws ecs describe-task-definition --task-definition "$TASK" --output json | grep -E '@[A-Z_]+@' && { echo 'a place was not filled in'; exit 1; }
aws ecs describe-task-definition --task-definition "$MIGRATION_TASK" --output json | grep -E '@[A-Z_]+@' && { echo 'a place was not filled in'; exit 1; }
for key in DATABASE_URL JWT_SECRET_KEY JWT_SECRET_KEY_ACCEPTED METRICS_TOKEN; do
  aws secretsmanager get-secret-value --secret-id "$SECRET" --query SecretString --output text |
    python3 -c 'import json, sys; assert json.load(sys.stdin)[sys.argv[1]]' "$key"
done
# the CLI's check of the task definition would see a wrong name
if aws ecs register-task-definition --cli-input-json "$(sed 's/stopTimeout/stopTimeOut/' deploy/aws/task-definition.json)"; then
  echo 'a misspelt parameter was accepted'
  exit 1
fi
CHECKS

# nothing of the machine's own AWS configuration is used
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Managed policies are those of AWS; a service reports its two tasks as running. moto 5.2.5 adds up the memory
# of containers, which Fargate does not ask for, and fails without it: that sum is left out.
MOTO_IAM_LOAD_MANAGED_POLICIES=true MOTO_ECS_SERVICE_RUNNING=2 MOTO_ACM_VALIDATION_WAIT=0 python3 - "$port" >"$work/moto.log" 2>&1 <<'PYTHON' &
import sys
from moto.ecs.models import EC2ContainerServiceBackend
from moto.moto_api import state_manager
from moto.server import main
EC2ContainerServiceBackend._calculate_task_resource_requirements = lambda *_: {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}
state_manager.set_transition("ecs::task", {"progression": "immediate"})
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
PYTHON
server=$!
endpoint=http://127.0.0.1:$port
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$server" 2>/dev/null || die "moto ended: $(tail -1 "$work/moto.log")"
  sleep 0.2
done

# what the document's shell calls
export endpoint work
aws() {
  echo "aws $1 $2" >>"$work/calls"
  command aws --endpoint-url "$endpoint" "$@"
}
docker() { [ "$1" != login ] || cat >/dev/null; }
curl() { echo certificates; }
export -f aws docker curl

cd "$work"
if ! bash -euo pipefail commands.sh >output 2>&1; then
  tail -n 5 output >&2
  grep -E "^[A-Za-z]*Error" moto.log >&2 || true
  die "failed at: $(cat accepted calls 2>/dev/null | tail -1)"
fi
sort accepted | uniq -c
echo "verify-cli: $(wc -l <accepted) calls accepted by $(command aws --version 2>&1 | cut -d' ' -f1) and moto $(python3 -c 'import moto; print(moto.__version__)')"
