# notifications.sieve - what a machine wrote to you alone (orders, reports, issues) goes into the folder Notifications.
#
# Answers by machine ("I am on holiday", a message that came back) are "auto-replied", not "auto-generated", and stay
# where you see them. If you wait for codes and log-in links by mail, remove the senders' names below.

require "fileinto";

if anyof (header :contains "Auto-Submitted" ["auto-generated", "auto-notified"],
          address :localpart :is "From" ["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
                                         "notification", "notifications", "notify", "alerts", "robot"],
          exists ["X-GitHub-Reason"],
          exists ["X-GitLab-NotificationReason"],
          exists ["X-JIRA-FingerPrint"]) {
    fileinto "Notifications";
    stop;
}
