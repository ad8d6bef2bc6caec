# notifications.sieve - what a machine wrote to you alone (orders, reports, issues) goes into the folder Notifications.
#
# Answers by machine ("I am on holiday", a message that came back) are "auto-replied", not "auto-generated", and stay
# where you see them.
#
# Codes and log-in links are for now, not for later: the first rule leaves them where they are.

require ["fileinto", "regex"];

if header :regex "Subject" "(verification|security|log-?in|sign-?in|one-time).*(code|link|password)" {
    stop;
}

# In a regular expression "(a|b)" is one of both, "?" makes what stands before it optional, "^" is the beginning and "$"
# the end; so this is "noreply", "no-reply", "do_not_reply", "notifications", and "noreply+1234" as well.
if anyof (header :contains "Auto-Submitted" ["auto-generated", "auto-notified"],
          address :localpart :regex "From"
              "^(no[._-]?reply|do[._-]?not[._-]?reply|notifications?|notify|alerts?|robot)([.+_-].*)?$",
          exists "X-GitHub-Reason",
          exists "X-GitLab-NotificationReason",
          exists "X-JIRA-FingerPrint") {
    fileinto "Notifications";
    stop;
}
