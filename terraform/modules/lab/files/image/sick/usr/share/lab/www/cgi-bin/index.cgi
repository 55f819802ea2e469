#!/bin/sh
# What httpd answers for /: every third request fails.
printf . >>/run/lab/requests
if [ $(($(wc -c </run/lab/requests) % 3)) -eq 0 ]; then
    printf 'Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\n'
    echo 'lab-web: no connection to its database'
else
    printf 'Content-Type: text/html\r\n\r\n'
    cat /usr/share/lab/www/index.html
fi
