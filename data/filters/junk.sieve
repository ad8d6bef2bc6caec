# junk.sieve - what is called spam goes into the folder Junk.
#
# Inbasket's verdict is "spam", "ham" or "unsure"; how soon it says "spam" is spam-threshold in inbasket.conf. Beside it
# there is a number, "spamtest": 0 if nobody looked, else from 1 (surely no spam) to 10 (surely spam). It is 10, too, if
# the filter of the account's own provider marked the message, or if it lay in the provider's Junk folder.
#
# Nothing is thrown away here: look into Junk now and then, or ask `inbasket log --junk`.
#
# Put your friends' filter before this one in inbasket.conf: what an earlier filter keeps never comes here.

require ["fileinto", "environment", "spamtest", "relational", "comparator-i;ascii-numeric"];

if anyof (environment :is "vnd.inbasket.verdict" "spam",
          spamtest :value "ge" :comparator "i;ascii-numeric" "8") {
    fileinto "Junk";
    stop;
}
