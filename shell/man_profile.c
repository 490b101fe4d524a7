/* man_profile: nono-profile(5), from the table of profile keys. */
#include "shell/man_profile.h"

#include "completions/mdoc.h"
#include "core/mem.h"
#include "policy/environment.h"
#include "policy/profile.h"

static const char *const merges[] = {
    [PROFILE_MERGE_NEVER] = "Belongs to the one file: it is not inherited.",
    [PROFILE_MERGE_APPEND] = "Added to what the bases say.",
    [PROFILE_MERGE_KEYS] = "Added to what the bases say; an entry of the same name replaces theirs.",
    [PROFILE_MERGE_CHILD] = "Replaces what the bases say.",
    [PROFILE_MERGE_NONZERO] = "Replaces what the bases say, unless it is false or none.",
    [PROFILE_MERGE_SECTION] = "Replaces what the bases say together with its whole section.",
};

static void add_choices(const struct profile_key *k, struct str *out)
{
    if (!k->choices)
        return;
    str_add(out, ".Bl -tag -width Ds -compact\n");
    for (size_t i = 0; k->choices[i]; i++) {
        str_addf(out, ".It Cm %s\n", k->choices[i]);
        mdoc_sentence(out, k->choice_help[i]);
    }
    str_add(out, ".El\n");
}

static void add_members(const struct profile_key *k, struct str *out)
{
    const struct profile_member *m = profile_members(k->type);
    if (!m->name)
        return;
    str_add(out, "An entry has\n.Bl -tag -width Ds -compact\n");
    for (; m->name; m++) {
        str_addf(out, ".It Cm %s\n", m->name);
        mdoc_sentence(out, m->help);
        str_add(out, m->required ? "It must be there.\n" : "");
        for (size_t i = 0; m->choices && m->choices[i]; i++)
            str_addf(out, "%s.Cm %s%s\n", i ? "" : "One of\n", m->choices[i], m->choices[i + 1] ? " ," : " .");
    }
    str_add(out, ".El\n");
}

static void add_key(const struct profile_key *k, struct str *out)
{
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    profile_key_name(k, &name);
    str_addf(out, ".It Ic %s\n", name.buf);
    mdoc_sentence(out, k->help);
    str_addf(out, "It is %s%s.\n", profile_type_name(k->type), k->nullable ? ", or null" : "");
    mdoc_line(out, merges[k->merge]);
    for (size_t i = 0; k->alias[i]; i++)
        str_addf(out, "%s%s%s", i ? ", " : "Older names are accepted: ", k->alias[i], k->alias[i + 1] ? "" : ".\n");
    add_choices(k, out);
    add_members(k, out);
}

static void add_sections(struct str *out)
{
    for (int s = 0; s < PROFILE_N_SECTIONS; s++) {
        const char *name = profile_sections[s][0];
        str_addf(out, ".Ss %s\n", *name ? name : "Keys outside a section");
        mdoc_sentence(out, profile_section_help[s]);
        if (profile_sections[s][1])
            str_addf(out, "The section may also be called %s.\n", profile_sections[s][1]);
        str_add(out, ".Bl -tag -width Ds\n");
        for (size_t i = 0; i < profile_n_keys; i++) {
            if (profile_keys[i].section == (enum profile_section)s)
                add_key(&profile_keys[i], out);
        }
        str_add(out, ".El\n");
    }
}

static void add_variables(struct str *out)
{
    str_add(out, ".Sh ENVIRONMENT\nA command gets the variables that\n.Xr nono 1\nwas started with, but for those named here; * stands for any text,\n"
                 "and letters of either case fit.\nWhat the keys\n.Ic environment.allow , deny\nand\n.Ic set\nsay comes before this list,\n"
                 "and options come before both.\n");
    for (int kind = ENVIRONMENT_SECRET; kind <= ENVIRONMENT_KEPT; kind++) {
        AUTO(str_release) struct str head = STR_INIT(STR_MAX_LINE);
        str_addf(&head, kind == ENVIRONMENT_KEPT ? "Although they look like one of those, or might be looked for among them, %s"
                                                 : "These are withheld, because %s",
                 environment_kind_help[kind]);
        str_add(out, ".Pp\n");
        mdoc_sentence(out, head.buf);
        str_add(out, ".Bl -tag -width Ds -compact\n");
        for (size_t i = 0; i < environment_n_rows; i++) {
            if (environment_rows[i].kind != (enum environment_kind)kind)
                continue;
            str_addf(out, ".It Ev %s\n", environment_rows[i].pattern);
            mdoc_line(out, environment_rows[i].why);
        }
        str_add(out, ".El\n");
    }
}

void man_profile(const char *version, struct str *out)
{
    mdoc_head(out, "nono-profile", 5, version, "what a profile of nono may say");
    str_add(out, ".Sh DESCRIPTION\nA profile says what a command under\n.Xr nono 1\nmay reach.\n"
                 "It is a JSON object in a file of its own, named after the profile;\n"
                 "comments and trailing commas are accepted.\n"
                 "An unknown key is an error.\n.Pp\n"
                 "A name is of letters, digits and hyphens.\n"
                 "Wherever a profile is named, a path to a file may stand instead:\n"
                 "a text with a slash in it, or one that ends in\n"
                 ".Pa .json .\n.Pp\n"
                 "A path may begin with ~, $HOME, $WORKDIR, $TMPDIR, $XDG_CONFIG_HOME,\n"
                 "$XDG_DATA_HOME, $XDG_STATE_HOME or $XDG_CACHE_HOME,\nand hold $UID anywhere; $$ is a dollar sign.\n"
                 ".Sh KEYS\nA key in a section is written with the name of the section and a full stop\n"
                 "in front, as the commands of\n"
                 ".Xr nono-profile 1\ntake it; in the file it stands in the object of that name.\n");
    add_sections(out);
    add_variables(out);
    str_add(out, ".Sh FILES\n.Bl -tag -width Ds\n.It Pa ~/.config/nono/profiles/*.json\n"
                 "Profiles of the user; they come before built-in ones of the same name.\n.El\n"
                 ".Sh EXAMPLES\nA tool that keeps its settings and its cache in the home directory:\n.Bd -literal -offset indent\n"
                 "{\n  \"meta\": { \"name\": \"mytool\" },\n  \"extends\": \"default\",\n"
                 "  \"filesystem\": {\n    \"allow\": [\"~/.cache/mytool\"],\n    \"read\": [\"~/.config/mytool\"]\n  },\n"
                 "  \"workdir\": { \"access\": \"readwrite\" }\n}\n.Ed\n"
                 ".Sh SEE ALSO\n.Xr nono 1 ,\n.Xr nono-policy 1 ,\n.Xr nono-profile 1\n");
}
