#!/bin/sh
# The workload runs and answers.
systemctl --quiet is-active lab-web.service || exit 1
try=0
until busybox wget -q -O /dev/null http://127.0.0.1/version; do
    try=$((try + 1))
    [ $try -lt 20 ] || exit 1
    sleep 0.2
done
