/* mailbox-use.c - what a mailbox or folder is for */
#include "mailbox-use.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *word;
    IbMailboxUse use;
} Row;

static const Row attributes[] = {
    { "Junk", IB_USE_JUNK }, { "Sent", IB_USE_SENT },     { "Archive", IB_USE_ARCHIVE },
    { "All", IB_USE_ALL },   { "Drafts", IB_USE_DRAFTS }, { "Trash", IB_USE_TRASH },
};

/* What mail programs make in the languages of Europe, and what providers have. */
static const Row names[] = {
    { "INBOX", IB_USE_INBOX },

    { "Junk", IB_USE_JUNK },
    { "Junk Mail", IB_USE_JUNK },
    { "Junk E-mail", IB_USE_JUNK },
    { "Junk Email", IB_USE_JUNK },
    { "Spam", IB_USE_JUNK },
    { "Bulk", IB_USE_JUNK },
    { "Bulk Mail", IB_USE_JUNK },
    { "Spamverdacht", IB_USE_JUNK },
    { "Unerwünscht", IB_USE_JUNK },
    { "Indésirables", IB_USE_JUNK },
    { "Courrier indésirable", IB_USE_JUNK },
    { "Correo no deseado", IB_USE_JUNK },
    { "Posta indesiderata", IB_USE_JUNK },
    { "Ongewenste e-mail", IB_USE_JUNK },
    { "Lixo eletrônico", IB_USE_JUNK },
    { "Skräppost", IB_USE_JUNK },
    { "Uønsket e-post", IB_USE_JUNK },
    { "Roskaposti", IB_USE_JUNK },
    { "Wiadomości-śmieci", IB_USE_JUNK },
    { "Спам", IB_USE_JUNK },
    { "Нежелательная почта", IB_USE_JUNK },

    { "Sent", IB_USE_SENT },
    { "Sent Mail", IB_USE_SENT },
    { "sent-mail", IB_USE_SENT },
    { "Sent Items", IB_USE_SENT },
    { "Sent Messages", IB_USE_SENT },
    { "Gesendet", IB_USE_SENT },
    { "Gesendete Objekte", IB_USE_SENT },
    { "Gesendete Elemente", IB_USE_SENT },
    { "Envoyés", IB_USE_SENT },
    { "Messages envoyés", IB_USE_SENT },
    { "Éléments envoyés", IB_USE_SENT },
    { "Enviados", IB_USE_SENT },
    { "Elementos enviados", IB_USE_SENT },
    { "Posta inviata", IB_USE_SENT },
    { "Verzonden", IB_USE_SENT },
    { "Verzonden items", IB_USE_SENT },
    { "Itens enviados", IB_USE_SENT },
    { "Skickat", IB_USE_SENT },
    { "Sendt", IB_USE_SENT },
    { "Lähetetyt", IB_USE_SENT },
    { "Wysłane", IB_USE_SENT },
    { "Отправленные", IB_USE_SENT },

    { "Archive", IB_USE_ARCHIVE },
    { "Archives", IB_USE_ARCHIVE },
    { "Archiv", IB_USE_ARCHIVE },
    { "Archivo", IB_USE_ARCHIVE },
    { "Archivio", IB_USE_ARCHIVE },
    { "Archief", IB_USE_ARCHIVE },
    { "All Mail", IB_USE_ALL },

    { "Drafts", IB_USE_DRAFTS },
    { "Draft", IB_USE_DRAFTS },
    { "Outbox", IB_USE_DRAFTS },
    { "Templates", IB_USE_DRAFTS },
    { "Entwürfe", IB_USE_DRAFTS },
    { "Brouillons", IB_USE_DRAFTS },
    { "Borradores", IB_USE_DRAFTS },
    { "Bozze", IB_USE_DRAFTS },
    { "Concepten", IB_USE_DRAFTS },
    { "Rascunhos", IB_USE_DRAFTS },
    { "Utkast", IB_USE_DRAFTS },
    { "Kladder", IB_USE_DRAFTS },
    { "Luonnokset", IB_USE_DRAFTS },
    { "Szkice", IB_USE_DRAFTS },
    { "Черновики", IB_USE_DRAFTS },
    { "Queue", IB_USE_DRAFTS },
    { "Postausgang", IB_USE_DRAFTS },
    { "Vorlagen", IB_USE_DRAFTS },
    { "Modèles", IB_USE_DRAFTS },

    { "Trash", IB_USE_TRASH },
    { "Bin", IB_USE_TRASH },
    { "Deleted", IB_USE_TRASH },
    { "Deleted Items", IB_USE_TRASH },
    { "Deleted Messages", IB_USE_TRASH },
    { "Papierkorb", IB_USE_TRASH },
    { "Gelöschte Objekte", IB_USE_TRASH },
    { "Gelöschte Elemente", IB_USE_TRASH },
    { "Corbeille", IB_USE_TRASH },
    { "Papelera", IB_USE_TRASH },
    { "Cestino", IB_USE_TRASH },
    { "Prullenbak", IB_USE_TRASH },
    { "Wastebasket", IB_USE_TRASH },
    { "Éléments supprimés", IB_USE_TRASH },
    { "Elementos eliminados", IB_USE_TRASH },
    { "Posta eliminata", IB_USE_TRASH },
    { "Verwijderde items", IB_USE_TRASH },
    { "Lixeira", IB_USE_TRASH },
    { "Itens excluídos", IB_USE_TRASH },
    { "Papperskorgen", IB_USE_TRASH },
    { "Papirkurv", IB_USE_TRASH },
    { "Roskakori", IB_USE_TRASH },
    { "Kosz", IB_USE_TRASH },
    { "Корзина", IB_USE_TRASH },
};

IbMailboxUse
ib_mailbox_use_of_attribute (const char *special_use)
{
    for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
        if (g_ascii_strcasecmp (attributes[i].word, special_use) == 0)
            return attributes[i].use;
    return IB_USE_NONE;
}

/* "Junk" of "INBOX.Junk". */
static const char *
below_inbox (const char *name)
{
    const gsize length = strlen ("INBOX.");
    bool is_below = g_ascii_strncasecmp (name, "INBOX", length - 1) == 0 && name[length - 1] != '\0'
                    && strchr ("./\\", name[length - 1]) != NULL && name[length] != '\0';
    return is_below ? name + length : name;
}

/* Two names that look alike are. */
static char *
fold (const char *name)
{
    g_autofree char *valid = g_utf8_make_valid (name, -1);
    g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);
    return g_utf8_casefold (composed, -1);
}

IbMailboxUse
ib_mailbox_use_of_name (const char *name)
{
    g_autofree char *folded = fold (below_inbox (name));
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *usual = fold (names[i].word);
        if (strcmp (usual, folded) == 0)
            return names[i].use;
    }
    return IB_USE_NONE;
}
