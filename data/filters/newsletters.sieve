# newsletters.sieve - what was sent to many at once, and can be unsubscribed from, goes into the folder Newsletters.
#
# Lists on which people talk (List-Post) are left to lists.sieve, and answers by machine ("I am on holiday", a message
# that came back) stay where you see them.
#
# If you read some newsletters at once, name their senders here, and "keep" them before the rule:
#
#     if address :domain :is "From" ["museum.example", "bakery.example"] {
#         keep;
#         stop;
#     }

require "fileinto";

if allof (anyof (exists "List-Unsubscribe",
                 header :is "Precedence" ["bulk", "junk"]),
          anyof (not exists "List-Post", header :matches "List-Post" "NO*"),
          not header :is "Precedence" "list",
          not header :contains "Auto-Submitted" "auto-replied",
          not address :localpart :is "From" ["mailer-daemon", "postmaster"]) {
    fileinto "Newsletters";
    stop;
}
