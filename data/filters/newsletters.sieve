# newsletters.sieve - what was sent to many at once, and can be unsubscribed from, goes into the folder Newsletters.
#
# Lists on which people talk (List-Post) are left to lists.sieve, and answers by machine ("I am on holiday", a message
# that came back) stay where you see them.

require "fileinto";

if allof (anyof (exists "List-Unsubscribe",
                 header :is "Precedence" ["bulk", "junk"]),
          not exists "List-Post",
          not header :is "Precedence" "list",
          not header :contains "Auto-Submitted" "auto-replied",
          not address :localpart :is "From" ["mailer-daemon", "postmaster"]) {
    fileinto "Newsletters";
    stop;
}
