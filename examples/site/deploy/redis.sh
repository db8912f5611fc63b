#!/bin/sh
# Redis as a cache for Holdfast: nothing is kept on disk, what there is no room for is forgotten, and the site may do
# what redisCache does and no more. The password reaches it by a file that is nowhere else, not by the command line.
set -eu
umask 077
cat > "${REDIS_FOLDER:-/data}/redis.conf" <<END
save ""
appendonly no
maxmemory ${REDIS_MEMORY:-256mb}
maxmemory-policy allkeys-lru
user default off
user site on >$REDIS_PASSWORD resetchannels ~holdfast:cache:* +get +set +del +eval +evalsha +ping +hello +client|tracking +info +client|info
END
# In its image this changes from root to a user of its own.
exec $(command -v docker-entrypoint.sh || true) redis-server "${REDIS_FOLDER:-/data}/redis.conf" "$@"
