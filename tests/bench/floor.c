/* floor.c - the least that a durable fetch can cost: read, write, sync per batch, and nothing else
 *
 *     bench-floor fetch|poll|watch imap|pop3 HOST PORT USER PASSWORD CA-FILE DIRECTORY
 *
 * `watch` (imap) waits for the server's word, fetches what it announces, syncs the file, and only then gives it its place in
 * DIRECTORY/new. It believes what our own server says, knows one mailbox and remembers nothing. */
#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 100, IN_FLIGHT = 64, ROOM = 256 * 1024 };

typedef struct {
    SSL *tls;
    char room[ROOM];
    size_t at, end;      /* what is read and not yet used: room[at..end) */
    char put[64 * 1024]; /* what is not yet written of the file `out` */
    size_t put_size;
    int directory_fd, out;
    guint messages;
    bool is_watch;
    bool was_cr; /* the last byte of the body was a CR that is still held back */
} Reader;

static G_NORETURN void
fail (const char *what)
{
    fprintf (stderr, "bench-floor: %s\n", what);
    ERR_print_errors_fp (stderr);
    exit (1);
}

static int
connect_to (const char *host, const char *port)
{
    struct addrinfo *found, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    if (getaddrinfo (host, port, &hints, &found) != 0)
        fail ("no such host");
    int fd = socket (found->ai_family, found->ai_socktype, 0);
    if (connect (fd, found->ai_addr, found->ai_addrlen) != 0)
        fail ("cannot connect");
    freeaddrinfo (found);
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
    return fd;
}

static SSL *
start_tls (int fd, const char *host, const char *ca)
{
    SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
    if (SSL_CTX_load_verify_locations (context, ca, NULL) != 1)
        fail ("cannot read the CA file");
    SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new (context);
    SSL_set1_host (tls, host);
    SSL_set_tlsext_host_name (tls, host);
    SSL_set_fd (tls, fd);
    if (SSL_connect (tls) != 1)
        fail ("no TLS");
    SSL_CTX_free (context);
    return tls;
}

static void
say (Reader *self, const char *text)
{
    if (SSL_write (self->tls, text, (int) strlen (text)) <= 0)
        fail ("cannot write");
}

/* Makes room for more and reads it, behind what is not yet used. */
static void
fill (Reader *self)
{
    memmove (self->room, self->room + self->at, self->end - self->at);
    self->end -= self->at;
    self->at = 0;
    if (self->end == ROOM)
        fail ("an endless line");
    int got = SSL_read (self->tls, self->room + self->end, (int) (ROOM - self->end));
    if (got <= 0)
        fail ("the server hung up");
    self->end += (size_t) got;
}

/* The next line without its end, good until the next call. */
static const char *
line (Reader *self, size_t *out_length)
{
    size_t searched = 0;
    char *end;
    while ((end = memchr (self->room + self->at + searched, '\n', self->end - self->at - searched)) == NULL) {
        searched = self->end - self->at;
        fill (self);
    }
    const char *start = self->room + self->at;
    self->at += (size_t) (end - start) + 1;
    *out_length = (size_t) (end - start) - (end > start && end[-1] == '\r');
    return start;
}

static void
skip_lines (Reader *self, int count)
{
    size_t length;
    for (; count > 0; count--)
        line (self, &length);
}

static void
wait_for_tag (Reader *self, char tag)
{
    size_t length;
    while (true) {
        const char *text = line (self, &length);
        if (length > 1 && text[0] == tag && text[1] == ' ')
            return;
    }
}

/* Files */

static void
begin_file (Reader *self)
{
    char name[32];
    g_snprintf (name, sizeof name, "%u", self->messages);
    self->out = openat (self->directory_fd, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (self->out < 0)
        fail ("cannot make a file");
}

static void
flush (Reader *self)
{
    for (size_t done = 0; done < self->put_size;) {
        ssize_t part = write (self->out, self->put + done, self->put_size - done);
        if (part < 0)
            fail ("cannot write a file");
        done += (size_t) part;
    }
    self->put_size = 0;
}

static void
put (Reader *self, const char *bytes, size_t length)
{
    while (length > 0) {
        if (self->put_size == sizeof self->put)
            flush (self);
        size_t part = MIN (length, sizeof self->put - self->put_size);
        memcpy (self->put + self->put_size, bytes, part);
        self->put_size += part;
        bytes += part;
        length -= part;
    }
}

/* Puts bytes of a body with CRLF as LF; a CR at their end waits for what follows. */
static void
put_body (Reader *self, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        if (self->was_cr && *bytes != '\n')
            put (self, "\r", 1);
        const char *cr = memchr (bytes, '\r', (size_t) (end - bytes));
        self->was_cr = cr != NULL;
        put (self, bytes, (size_t) ((cr != NULL ? cr : end) - bytes));
        bytes = cr != NULL ? cr + 1 : end;
    }
}

static void
sync_batch (Reader *self)
{
    if (syncfs (self->directory_fd) != 0 || fsync (self->directory_fd) != 0)
        fail ("cannot sync");
}

static void
end_file (Reader *self)
{
    if (self->was_cr)
        put (self, "\r", 1);
    self->was_cr = false;
    flush (self);
    close (self->out);
    if (++self->messages % BATCH == 0)
        sync_batch (self);
}

/* IMAP */

static void
put_literal (Reader *self, size_t size)
{
    while (size > 0) {
        if (self->at == self->end)
            fill (self);
        size_t part = MIN (size, self->end - self->at);
        put_body (self, self->room + self->at, part);
        self->at += part;
        size -= part;
    }
}

static void
take_literal (Reader *self, size_t size)
{
    begin_file (self);
    put_literal (self, size);
    end_file (self);
}

static void
fetch_imap (Reader *self)
{
    size_t length;
    say (self, "b SELECT INBOX\r\nc UID FETCH 1:* BODY.PEEK[]\r\n");
    while (true) {
        const char *text = line (self, &length);
        if (length > 1 && text[0] == 'c' && text[1] == ' ')
            break;
        const char *brace = text[0] == '*' && text[length - 1] == '}' ? memrchr (text, '{', length) : NULL;
        if (brace != NULL)
            take_literal (self, strtoull (brace + 1, NULL, 10));
    }
}

/* Watching */

static void
move_into_place (Reader *self)
{
    char name[32], place[64];
    g_snprintf (name, sizeof name, "%u", self->messages);
    g_snprintf (place, sizeof place, "new/%u", self->messages);
    flush (self);
    int places = openat (self->directory_fd, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fsync (self->out) != 0 || renameat (self->directory_fd, name, self->directory_fd, place) != 0
        || fsync (places) != 0)
        fail ("cannot put a file into its place");
    close (self->out);
    close (places);
    self->messages++;
}

static void
take_message (Reader *self, guint number)
{
    size_t length;
    g_autofree char *fetch = g_strdup_printf ("DONE\r\nf FETCH %u BODY.PEEK[]\r\n", number);
    say (self, fetch);
    while (true) {
        const char *text = line (self, &length);
        if (length > 1 && text[0] == 'f' && text[1] == ' ')
            break;
        const char *brace = text[0] == '*' && text[length - 1] == '}' ? memrchr (text, '{', length) : NULL;
        if (brace == NULL)
            continue;
        begin_file (self);
        put_literal (self, strtoull (brace + 1, NULL, 10));
        move_into_place (self);
    }
}

static G_NORETURN void
watch (Reader *self)
{
    size_t length;
    while (true) {
        guint number = 0;
        char word[16] = "";
        say (self, "e IDLE\r\n");
        while (strcmp (word, "EXISTS") != 0) {
            const char *text = line (self, &length);
            g_autofree char *copy = g_strndup (text, length);
            if (sscanf (copy, "* %u %15s", &number, word) != 2)
                word[0] = '\0';
        }
        take_message (self, number);
    }
}

static void
run_imap (Reader *self, bool is_poll, const char *user, const char *password)
{
    g_autofree char *login = g_strdup_printf ("a LOGIN %s %s\r\n", user, password);
    skip_lines (self, 1);
    say (self, login);
    wait_for_tag (self, 'a');
    if (self->is_watch) {
        say (self, "b SELECT INBOX\r\n");
        wait_for_tag (self, 'b');
        watch (self);
    } else if (is_poll) {
        say (self, "b STATUS INBOX (UIDNEXT UIDVALIDITY)\r\n");
        wait_for_tag (self, 'b');
    } else {
        fetch_imap (self);
    }
    say (self, "d LOGOUT\r\n");
    wait_for_tag (self, 'd');
}

/* POP3 */

static guint
list_pop3 (Reader *self)
{
    size_t length;
    guint count = 0;
    skip_lines (self, 1);
    for (const char *text = line (self, &length); length != 1 || text[0] != '.'; text = line (self, &length))
        count++;
    return count;
}

static void
take_pop3 (Reader *self)
{
    size_t length;
    skip_lines (self, 1);
    begin_file (self);
    while (true) {
        const char *text = line (self, &length);
        if (length == 1 && text[0] == '.')
            break;
        size_t dot = length > 0 && text[0] == '.';
        put (self, text + dot, length - dot);
        put (self, "\n", 1);
    }
    end_file (self);
}

static void
run_pop3 (Reader *self, bool is_poll, const char *user, const char *password)
{
    g_autofree char *login = g_strdup_printf ("USER %s\r\nPASS %s\r\nUIDL\r\n", user, password);
    say (self, login);
    skip_lines (self, 3);
    guint count = list_pop3 (self), asked = 0;
    for (guint taken = 0; !is_poll && taken < count; taken++) {
        g_autoptr (GString) more = g_string_new (NULL);
        if (asked - taken <= IN_FLIGHT / 2 || asked == 0)
            while (asked < count && asked - taken < IN_FLIGHT)
                g_string_append_printf (more, "RETR %u\r\n", ++asked);
        if (more->len > 0)
            say (self, more->str);
        take_pop3 (self);
    }
    say (self, "QUIT\r\n");
    skip_lines (self, 1);
}

int
main (int argc, char **argv)
{
    if (argc != 9) {
        fprintf (stderr,
                 "usage: bench-floor fetch|poll|watch imap|pop3 HOST PORT USER PASSWORD CA-FILE DIRECTORY\n");
        return 2;
    }
    bool is_poll = strcmp (argv[1], "poll") == 0;
    g_autofree Reader *self = g_new0 (Reader, 1);
    self->is_watch = strcmp (argv[1], "watch") == 0;
    self->directory_fd = open (argv[8], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory_fd < 0)
        fail ("no such directory");
    self->tls = start_tls (connect_to (argv[3], argv[4]), argv[3], argv[7]);
    (strcmp (argv[2], "pop3") == 0 ? run_pop3 : run_imap) (self, is_poll, argv[5], argv[6]);
    if (!is_poll)
        sync_batch (self);
    printf ("%u\n", self->messages);
    SSL_free (self->tls);
    close (self->directory_fd);
    return 0;
}
