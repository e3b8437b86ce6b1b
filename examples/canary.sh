#!/bin/sh
# A canary: a new version gets a tenth of the traffic for ten minutes, then all of it.
# With `homeport up --time-scale 60` ten minutes pass in ten seconds.
set -eu
name=${1:-canary}
port=${2:-8088}

vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true \
    --query 'Vpcs[0].VpcId' --output text)
subnets=$(aws ec2 describe-subnets --filters Name=vpc-id,Values="$vpc" \
    --query 'Subnets[].SubnetId' --output text)

# One load balancer, one listener, two target groups: the two sides.
# shellcheck disable=SC2086  # Several subnets are several words.
balancer=$(aws elbv2 create-load-balancer --name "$name" --subnets $subnets \
    --query 'LoadBalancers[0].LoadBalancerArn' --output text)
group() {
    aws elbv2 create-target-group --name "$1" --target-type ip --protocol HTTP --port 8080 \
        --vpc-id "$vpc" --healthy-threshold-count 2 \
        --health-check-interval-seconds 5 --health-check-timeout-seconds 2 \
        --query 'TargetGroups[0].TargetGroupArn' --output text
}
blue=$(group "$name-blue")
green=$(group "$name-green")
listener=$(aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP \
    --port "$port" --default-actions "[{\"Type\": \"forward\", \"ForwardConfig\": {
        \"TargetGroups\": [
            {\"TargetGroupArn\": \"$blue\", \"Weight\": 100},
            {\"TargetGroupArn\": \"$green\", \"Weight\": 0}
        ]}}]" \
    --query 'Listeners[0].ListenerArn' --output text)
rule=$(aws elbv2 describe-rules --listener-arn "$listener" --query 'Rules[0].RuleArn' --output text)

register() {
    aws ecs register-task-definition --family "$name" --requires-compatibilities FARGATE \
        --network-mode awsvpc --cpu 256 --memory 512 --container-definitions "[{
            \"name\": \"web\", \"image\": \"sample:latest\",
            \"command\": [\"serve\", \"8080\", \"$1\"],
            \"portMappings\": [{\"containerPort\": 8080}]
        }]" --query taskDefinition.taskDefinitionArn --output text
}

aws ecs create-service --service-name "$name" --task-definition "$(register 'version one')" \
    --launch-type FARGATE --desired-count 2 \
    --network-configuration "awsvpcConfiguration={subnets=[$(echo "$subnets" | tr '\t' ,)]}" \
    --load-balancers "[{
        \"targetGroupArn\": \"$blue\", \"containerName\": \"web\", \"containerPort\": 8080,
        \"advancedConfiguration\": {
            \"alternateTargetGroupArn\": \"$green\", \"productionListenerRule\": \"$rule\",
            \"roleArn\": \"arn:aws:iam::000000000000:role/ecs-load-balancers\"
        }
    }]" \
    --deployment-configuration '{
        "strategy": "CANARY", "bakeTimeInMinutes": 1,
        "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 10}
    }' >/dev/null
homeport deployments "$name" --follow

aws ecs update-service --service "$name" --task-definition "$(register 'version two')" >/dev/null
homeport deployments "$name" --follow
curl --silent "http://127.0.0.1:$port/"
