{{- /*
## About    Parts of the cache's pod.
## Calling  `include` only; the argument is the root context of this chart, after overlays.resolve.
## Index    overlays.repoCache.secrets overlays.repoCache.command overlays.repoCache.podSecurityContext
*/ -}}

{{- /*
overlays.repoCache.secrets (root) -> JSON object: name of the mount below /overlays -> Secret and key
The GitHub token is not mounted where the Git credentials serve github.com: there they win.
Example: {"github-token":{"key":"token","name":"centaur-github"}}
*/ -}}
{{- define "overlays.repoCache.secrets" -}}
{{- $plan := .overlaysPlan -}}
{{- $secrets := dict -}}
{{- $github := $plan.values.repoCache.githubToken -}}
{{- $beaten := dict -}}
{{- range $plan.hosts -}}{{- $_ := set $beaten (lower .) true -}}{{- end -}}
{{- if and (or $github.existingSecretName $github.token) (not (or (hasKey $beaten "github.com") (hasKey $beaten "github.com:443"))) -}}
{{- $name := $github.existingSecretName | default (printf "%s-repo-cache-github-token" $plan.fullname) -}}
{{- $_ := set $secrets "github-token" (dict "name" $name "key" $github.secretKey) -}}
{{- end -}}
{{- $git := $plan.values.repoCache.gitCredentials -}}
{{- if $git.existingSecretName -}}
{{- $_ := set $secrets "git-credentials" (dict "name" $git.existingSecretName "key" $git.secretKey) -}}
{{- end -}}
{{- toJson $secrets -}}
{{- end -}}

{{- /*
overlays.repoCache.command (root) -> items of a YAML list, each led by a line feed
Kubernetes expands $(NAME) and $$ in a command: a user name may hold a "$", so it is doubled.
Example: - "python3"
         - "-B"
*/ -}}
{{- define "overlays.repoCache.command" -}}
{{- $plan := .overlaysPlan -}}
{{- $cache := $plan.values.repoCache -}}
{{- $secrets := include "overlays.repoCache.secrets" . | fromJson -}}
{{- $words := list "python3" "-B" "-m" "overlays_node" "sync" "--manifest" "/overlays/manifest/overlay-manifest.json"
  "--root" $cache.hostPath "--interval" ($cache.syncIntervalSeconds | int64 | toString) -}}
{{- if hasKey $secrets "github-token" -}}
{{- $words = concat $words (list "--github-token-file" "/overlays/github-token/token") -}}
{{- end -}}
{{- if hasKey $secrets "git-credentials" -}}
{{- $user := $cache.gitCredentials.username | default "x-access-token" -}}
{{- $words = concat $words (list (printf "--git-username=%s" $user) "--git-token-file" "/overlays/git-credentials/token") -}}
{{- range $plan.hosts -}}
{{- $words = concat $words (list "--git-token-host" .) -}}
{{- end -}}
{{- end -}}
{{- range $words }}
- {{ replace "$" "$$" . | quote | replace "<" "\\x3c" }}
{{- end -}}
{{- end -}}

{{- /*
overlays.repoCache.podSecurityContext (root) -> JSON object
The kubelet creates the directory of a hostPath for root and mode 0755, and fsGroup does not apply to it: user 0,
without a single capability. On a claim: user 1000. repoCache.podSecurityContext lies over it.
Example: {"runAsGroup":0,"runAsUser":0,"seccompProfile":{"type":"RuntimeDefault"}}
*/ -}}
{{- define "overlays.repoCache.podSecurityContext" -}}
{{- $plan := .overlaysPlan -}}
{{- $ours := dict "runAsUser" 0 "runAsGroup" 0 "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if $plan.claim -}}
{{- $ours = dict "runAsUser" 1000 "runAsGroup" 1000 "runAsNonRoot" true "fsGroup" 1000 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- end -}}
{{- include "overlays.over" (dict "ours" $ours "theirs" $plan.values.repoCache.podSecurityContext) -}}
{{- end -}}
