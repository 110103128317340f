test "$#" = 2 && test -z "$1" && test "$2" = 'say "hi"'
test "$PWD $HOME" = "/github/workspace /github/home"
test "$INPUT_TWO_WORDS" = /github/workspace/tests && test -d "$INPUT_TWO_WORDS"
test "$INPUT_LIST" != a,/github/workspace # only a whole value that starts with the path
test "$TAKEN $FREE" = "job action"        # runs.env gives way to what is set
test "$KUBECONFIG" = "/github/runner_temp/kube config" && test "$(cat "$KUBECONFIG")" = readable
test "$GITHUB_WORKSPACE $CI" = "/github/workspace true"
test -f "$GITHUB_EVENT_PATH"
case ":$PATH:" in *:/from/github-path:*) exit 1 ;; esac
touch /github/runner_temp/made
echo "path=/github/runner_temp/made" >> "$GITHUB_OUTPUT"
echo "FROM_CONTAINER=yes" >> "$GITHUB_ENV"
