/* environment_rows: the table of variables that a command does not get unless they are granted.
 *
 * In it is what gives by itself: a secret, a way to a program outside that obeys, or code in every program that is started. What holds only the path
 * of a secret is not: the policy of paths decides about the file. Nor are the settings of languages (PYTHONPATH, NODE_OPTIONS…): what they name
 * runs inside the sandbox like the command itself, and much depends on them. */
#include "policy/environment.h"

const char *const environment_kinds[] = {"secret", "reach", "code", "kept"};
const char *const environment_kind_help[] = {
    "they hold a secret",
    "they lead to programs outside that do what they are told",
    "they put code of yours into every program that is started",
    "they are passed on",
};

#define ROW_(pattern, kind, why) {pattern, sizeof(pattern) - 1, kind, why}
#define SECRET(pattern, why) ROW_(pattern, ENVIRONMENT_SECRET, why)
#define REACH(pattern, why) ROW_(pattern, ENVIRONMENT_REACH, why)
#define CODE(pattern, why) ROW_(pattern, ENVIRONMENT_CODE, why)
#define KEPT(pattern, why) ROW_(pattern, ENVIRONMENT_KEPT, why)

#define TOKEN "a token acts for its owner"
#define KEY "a key acts for its owner"
#define PASSWORD "a password"
#define LOGIN "holds a login"
#define FILE_ONLY "names a file, and whether that may be read is for the policy of paths"
#define SETTING "says where or how, and is no secret"
#define EDITOR "leads to an editor outside, which runs commands"
#define WINDOWS "leads to the display, where keys can be read and pressed"
#define MANAGER "leads to the window manager, which runs commands"
#define TERMINAL "leads to a terminal outside, which runs commands"
#define BUS "leads to a message bus, on which programs outside are started"

const struct environment_row environment_rows[] = {
    SECRET("*_TOKEN", TOKEN),
    SECRET("TOKEN", TOKEN),
    SECRET("GH_PAT", TOKEN),
    SECRET("GITHUB_PAT", TOKEN),
    SECRET("GITLAB_PAT", TOKEN),
    SECRET("AZURE_DEVOPS_EXT_PAT", TOKEN),
    SECRET("*_API_KEY", KEY),
    SECRET("*_APIKEY", KEY),
    SECRET("API_KEY", KEY),
    SECRET("*_ACCESS_KEY", KEY),
    SECRET("*_ACCOUNT_KEY", KEY),
    SECRET("*_STORAGE_KEY", KEY),
    SECRET("*_AUTH_KEY", KEY),
    SECRET("*_AUTHKEY", KEY),
    SECRET("*_DEPLOY_KEY", KEY),
    SECRET("*_ENCRYPTION_KEY", KEY),
    SECRET("*_MASTER_KEY", KEY),
    SECRET("*_PRIVATE_KEY", KEY),
    SECRET("*_SIGNING_KEY", KEY),
    SECRET("SOPS_AGE_KEY", KEY),
    SECRET("*_SECRET*", "says itself that it is a secret"),
    SECRET("SECRET_KEY*", "says itself that it is a secret"),
    KEPT("*_SECRET*_FILE", FILE_ONLY),
    KEPT("*_SECRET*_PATH", FILE_ONLY),
    KEPT("*_SECRET*_DIR", FILE_ONLY),
    KEPT("*_SECRET*_NAME", SETTING),
    SECRET("*PASSWORD", PASSWORD),
    SECRET("*PASSWD", PASSWORD),
    SECRET("*PASSPHRASE", PASSWORD),
    SECRET("*_PASS", PASSWORD),
    SECRET("MYSQL_PWD", PASSWORD),
    SECRET("SSHPASS", PASSWORD),
    SECRET("REDISCLI_AUTH", PASSWORD),
    SECRET("AWS_*", "keys and tokens of AWS, and where to fetch them"),
    KEPT("AWS_REGION", SETTING),
    KEPT("AWS_DEFAULT_REGION", SETTING),
    KEPT("AWS_PROFILE", SETTING),
    KEPT("AWS_DEFAULT_PROFILE", SETTING),
    KEPT("AWS_DEFAULT_OUTPUT", SETTING),
    KEPT("AWS_PAGER", SETTING),
    KEPT("AWS_SDK_LOAD_CONFIG", SETTING),
    KEPT("AWS_CA_BUNDLE", FILE_ONLY),
    KEPT("AWS_CONFIG_FILE", FILE_ONLY),
    KEPT("AWS_SHARED_CREDENTIALS_FILE", FILE_ONLY),
    SECRET("*_CONNECTION_STRING", LOGIN),
    SECRET("GOOGLE_CREDENTIALS", LOGIN),
    SECRET("DOCKER_AUTH_CONFIG", LOGIN),
    SECRET("COMPOSER_AUTH", LOGIN),
    SECRET("YARN_NPM_AUTH_IDENT", LOGIN),
    SECRET("NPM_CONFIG__AUTH", LOGIN),
    SECRET("NPM_CONFIG_*:_AUTH", LOGIN),
    SECRET("NPM_CONFIG_*AUTHTOKEN", LOGIN),
    SECRET("FASTLANE_SESSION", LOGIN),
    SECRET("OP_SESSION_*", "opens a password manager"),
    SECRET("BW_SESSION", "opens a password manager"),
    SECRET("BW_CLIENTSECRET", "opens a password manager"),
    KEPT("GOOGLE_APPLICATION_CREDENTIALS", FILE_ONLY),
    KEPT("KUBECONFIG", FILE_ONLY),

    REACH("SSH_AUTH_SOCK", "leads to the agent that signs with your keys"),
    REACH("SSH_AGENT_PID", "leads to the agent that signs with your keys"),
    REACH("GPG_AGENT_INFO", "leads to the agent that signs with your keys"),
    REACH("GNOME_KEYRING_CONTROL", "leads to the keyring"),
    REACH("DBUS_SESSION_BUS_ADDRESS", BUS),
    REACH("DBUS_SYSTEM_BUS_ADDRESS", BUS),
    REACH("DBUS_STARTER_ADDRESS", BUS),
    REACH("AT_SPI_BUS_ADDRESS", BUS),
    REACH("DISPLAY", WINDOWS),
    REACH("WAYLAND_DISPLAY", WINDOWS),
    REACH("WAYLAND_SOCKET", WINDOWS),
    REACH("SESSION_MANAGER", "leads to the session manager, which starts commands"),
    REACH("SWAYSOCK", MANAGER),
    REACH("I3SOCK", MANAGER),
    REACH("HYPRLAND_INSTANCE_SIGNATURE", MANAGER),
    REACH("TMUX", TERMINAL),
    REACH("STY", TERMINAL),
    REACH("KITTY_LISTEN_ON", TERMINAL),
    REACH("WEZTERM_UNIX_SOCKET", TERMINAL),
    REACH("NVIM", EDITOR),
    REACH("NVIM_LISTEN_ADDRESS", EDITOR),
    REACH("EMACS_SOCKET_NAME", EDITOR),
    REACH("VSCODE_IPC_HOOK*", EDITOR),
    REACH("VSCODE_GIT_IPC_HANDLE", "leads to an editor outside, which gives logins to git"),
    REACH("DOCKER_HOST", "leads to a container engine, which runs anything as its own user"),
    REACH("CONTAINER_HOST", "leads to a container engine, which runs anything as its own user"),

    CODE("LD_PRELOAD", "loads a library into every program; where that is not granted, each of them complains"),
    CODE("LD_AUDIT", "loads a library into every program; where that is not granted, each of them complains"),
    CODE("BASH_ENV", "has every script of bash begin with a file of yours"),
    CODE("BASH_FUNC_*", "puts functions of the shell outside in the place of programs"),
    CODE("PROMPT_COMMAND", "has a shell call at each prompt what exists only outside"),
    KEPT("LD_LIBRARY_PATH", "CUDA, conda and tools with their own libraries need it, and it adds no library to a program"),
    KEPT("PYTHONPATH", "a setting of the language; what it names runs inside the sandbox"),
    KEPT("NODE_OPTIONS", "a setting of the language; what it names runs inside the sandbox"),
    KEPT("ENV", "only an interactive sh reads it, and to many applications it is a plain setting"),
};
const size_t environment_n_rows = sizeof environment_rows / sizeof *environment_rows;
