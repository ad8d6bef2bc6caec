# junk.sieve - what is called spam goes into the folder Junk.
#
# "spamtest" answers with a word from 0 (nobody looked) to 10 (spam). It is 10 if the filter of the account's own
# provider marked the message, or if it lay in the provider's Junk folder. Nothing is thrown away here: look into
# Junk now and then, or ask `inbasket log --junk`.
#
# Put your friends' filter before this one in inbasket.conf: what an earlier filter keeps never comes here.

require ["fileinto", "spamtest"];

if spamtest :is "10" {
    fileinto "Junk";
    stop;
}
