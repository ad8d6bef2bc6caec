# friends.sieve - mail from people whom you know is kept, whatever the filters behind this one think of it.
#
# Write their addresses into the file filters/lists/friends in Inbasket's configuration folder
# (~/.config/inbasket/filters/lists/friends), one in each line, and put this filter in front of all others:
#
#     [filter]
#     scripts=friends.sieve;junk.sieve
#
# An explicit "keep" decides: no later filter is asked. A message that only claims to be from a friend is kept, too, unless
# the servers that you trust found the claim to be false: then it takes the way of all other mail.

require ["environment", "extlists"];

if allof (address :list "From" "friends",
          not environment :is "vnd.inbasket.authentication" ["dmarc=fail", "sender=refuted"]) {
    keep;
}
