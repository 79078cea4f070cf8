#!/bin/sh
# A worker on the command line: `burette work CAMPAIGN --exec ./measure.sh` runs this once for each job. The job comes as JSON
# on the standard input and in the environment (a parameter x0 as BURETTE_X0); the values go out as JSON.
echo '{"progress": 0.5, "note": "half of it"}' >&2
awk -v x="$BURETTE_X0" -v y="$BURETTE_X1" 'BEGIN {
  printf "{\"branin\": %.12g}\n", (y - 0.1291845 * x * x + 1.5915494 * x - 6) ^ 2 + 9.6021127 * cos(x) + 10
}'
