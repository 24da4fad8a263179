{{- /*
## About    Parts of the cache's pod.
## Calling  `include` only; the argument is the root context of this chart, after overlays.resolve.
## Index    overlays.repoCache.secrets overlays.repoCache.command overlays.repoCache.podSecurityContext
            overlays.repoCache.setPaths
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
Every setting is a flag, so that the values alone decide and no default of the runtime's.
Example: - "python3"
         - "-B"
*/ -}}
{{- define "overlays.repoCache.command" -}}
{{- $plan := .overlaysPlan -}}
{{- $cache := $plan.values.repoCache -}}
{{- $secrets := include "overlays.repoCache.secrets" . | fromJson -}}
{{- $words := list "python3" "-B" "-m" "overlays_node" "sync" "--manifest" "/overlays/manifest/overlay-manifest.json"
  "--root" $cache.hostPath "--interval" ($cache.syncIntervalSeconds | int64 | toString)
  "--grace" ($cache.grace | int64 | toString) "--jobs" ($cache.jobs | int64 | toString)
  "--timeout" ($cache.timeout | int64 | toString) "--fetch-timeout" ($cache.fetchTimeout | int64 | toString)
  "--min-free" $cache.minFree -}}
{{- if $cache.metrics.enabled -}}
{{- $words = concat $words (list "--listen" ($cache.metrics.port | int64 | printf ":%d")) -}}
{{- end -}}
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
{{- include "overlays.command" $words -}}
{{- end -}}

{{- /*
overlays.repoCache.podSecurityContext (root) -> JSON object
The kubelet creates the directory of a hostPath for root and mode 0755, and fsGroup does not apply to it: user 0,
without a single capability. On a claim: user 1000. repoCache.podSecurityContext lies over it.
The token files belong to user 0 and have mode 0440: any other user reads them by the group that fsGroup gives them.
Example: {"runAsGroup":0,"runAsUser":0,"seccompProfile":{"type":"RuntimeDefault"}}
*/ -}}
{{- define "overlays.repoCache.podSecurityContext" -}}
{{- $plan := .overlaysPlan -}}
{{- $theirs := $plan.values.repoCache.podSecurityContext -}}
{{- $ours := dict "runAsUser" 0 "runAsGroup" 0 "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if int64 $theirs.runAsUser -}}
{{- $_ := set $ours "fsGroup" (int64 ($theirs.runAsGroup | default $theirs.runAsUser)) -}}
{{- end -}}
{{- if $plan.claim -}}
{{- $ours = dict "runAsUser" 1000 "runAsGroup" 1000 "runAsNonRoot" true "fsGroup" 1000 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- end -}}
{{- include "overlays.over" (dict "ours" $ours "theirs" $theirs) -}}
{{- end -}}

{{- /*
overlays.repoCache.setPaths (root) -> elements of a JSON array, each led by ","
The directories and prompt files, below the root, that are not defaults. The text decides, not whether it was written:
`overlays render values` writes defaults out, and a list moved from toolServer.* to overlays.sources changes no byte.
With merged delivery first the merged repositories, in which consumers look.
Example: ,"acme/one/packages/tools","acme/one/prompts/acme.md"
*/ -}}
{{- define "overlays.repoCache.setPaths" -}}
{{- if .overlaysPlan.merged -}}
,"overlays/merged"
{{- if .overlaysPlan.publicSources }},"overlays/merged-public"{{ end -}}
{{- end -}}
{{- $defaults := dict "tools" "tools" "workflows" "workflows" "skills" ".agents/skills" -}}
{{- $seen := dict -}}
{{- range $source := .overlaysPlan.sources -}}
{{- range $surface := list "tools" "workflows" "skills" "personas" "prompt" -}}
{{- $path := printf "%s/%s" $source.repo (get $source $surface) -}}
{{- if not (or (eq (get $source $surface) "" (get $defaults $surface)) (hasKey $seen $path)) -}}
{{- $_ := set $seen $path true -}}
,{{ toJson $path }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
