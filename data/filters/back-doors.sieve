# back-doors.sieve - what strangers sent round your server's filter goes into the folder Doubtful.
#
# Two doors lead round it: a relay that you trust and that takes mail from anybody (relays= in inbasket.conf), and an old
# address of your mail server, which spammers go on using after its MX has changed. Some good mail comes by them, too: so
# nothing is called spam here, and whoever is in your address book (the list addrbook), or whose domain a server that you
# trust has proven, is let through.
#
# Put it behind junk.sieve: what is surely spam is gone by then. `inbasket why` names the door that a message came by, and
# how to close it.

require ["fileinto", "environment", "extlists"];

if allof (anyof (environment :is "vnd.inbasket.mx" "beside",
                 environment :matches "vnd.inbasket.relay" "?*"),
          not environment :is "vnd.inbasket.authentication" "sender=proven",
          not address :list "From" ":addrbook:default") {
    fileinto "Doubtful";
    stop;
}
