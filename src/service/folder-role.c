/* folder-role.c - what a folder is for, as its name tells */
#include "folder-role.h"
#include "imap-name.h"

#include <string.h>

/* In lower case. */
static const struct {
    IbFolderRole role;
    const char *names[40];
} roles[] = {
    { IB_ROLE_JUNK,
      { "junk",
        "junk mail",
        "junk e-mail",
        "junk email",
        "spam",
        "spam mail",
        "bulk",
        "bulk mail",
        "spamverdacht",
        "unerwünscht",
        "courrier indésirable",
        "indésirables",
        "pourriel",
        "correo no deseado",
        "posta indesiderata",
        "lixo eletrônico",
        "ongewenste e-mail",
        "ongewenst",
        "skräppost",
        "uønsket e-post",
        "roskaposti",
        "wiadomości-śmieci",
        "спам",
        "нежелательная почта",
        NULL } },
    { IB_ROLE_SENT,
      { "sent",
        "sent items",
        "sent mail",
        "sent messages",
        "sent-mail",
        "outgoing",
        "gesendet",
        "gesendete objekte",
        "gesendete elemente",
        "gesendete nachrichten",
        "envoyés",
        "éléments envoyés",
        "messages envoyés",
        "enviados",
        "elementos enviados",
        "itens enviados",
        "inviata",
        "inviati",
        "posta inviata",
        "verzonden",
        "verzonden items",
        "skickat",
        "skickade",
        "sendt",
        "lähetetyt",
        "wysłane",
        "отправленные",
        NULL } },
    { IB_ROLE_ASIDE,
      { "trash",
        "deleted",
        "deleted items",
        "deleted messages",
        "wastebasket",
        "bin",
        "papierkorb",
        "gelöscht",
        "gelöschte objekte",
        "gelöschte elemente",
        "corbeille",
        "éléments supprimés",
        "papelera",
        "elementos eliminados",
        "lixeira",
        "itens excluídos",
        "cestino",
        "posta eliminata",
        "prullenbak",
        "verwijderde items",
        "papperskorgen",
        "papirkurv",
        "roskakori",
        "kosz",
        "корзина",
        NULL } },
    { IB_ROLE_ASIDE, { "draft",
                       "drafts",
                       "entwürfe",
                       "brouillons",
                       "borradores",
                       "rascunhos",
                       "bozze",
                       "concepten",
                       "utkast",
                       "kladder",
                       "luonnokset",
                       "szkice",
                       "черновики",
                       "outbox",
                       "queue",
                       "postausgang",
                       "boîte d'envoi",
                       "bandeja de salida",
                       "template",
                       "templates",
                       "vorlagen",
                       "modèles",
                       NULL } },
};

/* Old spam that is kept is no more wanted than in Junk; and who knows whether "spam-missed" or "not spam" is meant. */
static bool
speaks_of_spam (const char *level)
{
    g_auto (GStrv) words = g_strsplit_set (level, " -_+0123456789", -1);
    return g_strv_contains ((const char *const *) words, "spam")
           || g_strv_contains ((const char *const *) words, "junk");
}

static IbFolderRole
role_of_level (const char *level)
{
    for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
        if (g_strv_contains (roles[i].names, level))
            return roles[i].role;
    return speaks_of_spam (level) ? IB_ROLE_ASIDE : IB_ROLE_ORDINARY;
}

/* Below Junk all is junk; "Work.Junk" is somebody's Junk, too. */
IbFolderRole
ib_folder_role (const char *folder)
{
    g_autofree char *plain = strchr (folder, '&') != NULL ? ib_imap_name_to_utf8 (folder) : g_strdup (folder);
    g_autofree char *valid = g_utf8_make_valid (plain, -1);
    g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
    g_autofree char *lower = g_utf8_strdown (normal, -1);
    g_auto (GStrv) levels = g_strsplit_set (lower, "./", -1);
    guint count = g_strv_length (levels);
    if (count == 0)
        return IB_ROLE_ORDINARY;
    guint first = count > 1 && (strcmp (levels[0], "inbox") == 0 || *levels[0] == '[') ? 1 : 0;
    IbFolderRole role = role_of_level (levels[first]);
    return role != IB_ROLE_ORDINARY ? role : role_of_level (levels[count - 1]);
}
