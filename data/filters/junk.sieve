# junk.sieve - what is called spam goes into the folder Junk.
#
# Inbasket's verdict is "spam", "ham" or "unsure"; how soon it says "spam" is spam-threshold in inbasket.conf. While it is
# unsure, as it is before you have taught it anything, the filter of the account's own server decides: if that marked the
# message as spam, or laid it into the server's Junk folder, it is put there here, too.
#
# Nothing is thrown away here: look into Junk now and then, or ask `inbasket log --junk`.
#
# Put your friends' filter before this one in inbasket.conf: what an earlier filter keeps never comes here.

require ["fileinto", "environment"];

if anyof (environment :is "vnd.inbasket.verdict" "spam",
          allof (environment :is "vnd.inbasket.verdict" "unsure",
                 environment :is "vnd.inbasket.server-filter" "marked")) {
    fileinto "Junk";
    stop;
}
