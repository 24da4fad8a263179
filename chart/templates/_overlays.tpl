{{- /*
## About    Resolves the ordered list of repositories (overlays.sources, or toolServer.* in compat mode) into variables,
            manifest and digest: the same bytes as `overlays render` prints for the same values.

## Public   For charts that have this one as a dependency. These take the context of THIS chart: $ in its own templates,
            (index .Subcharts "agent-overlays") in a parent's (the alias, when the dependency has one). With the
            parent's own context they stop and say so.

            overlays.env.api         the API's variables, as entries of a container's `env`
            overlays.env.sandbox     the entries of SESSION_SANDBOX_EXTRA_ENV, in the same form; may be nothing
            overlays.env.repoCache   the variables of the cache container, in the same form
            overlays.volumes         what a reader of the cache needs, as entries of a pod's `volumes`; may be nothing
            overlays.volumeMounts    the mounts of these volumes in the API; may be nothing
            overlays.volumeMounts.sandbox   the mount of the cache in a sandbox; may be nothing
            overlays.install.initContainer  what gives a pod its own copy of all that is served: one init container, two
                                            with sandbox.follow; as all four of these, nothing when no cache runs
            overlays.sandbox.volumes        the volumes that go with it: copy, cache, manifest and runtime
            overlays.sandbox.mounts         the mounts of the container that reads the copy
            overlays.sandbox.env            its variables, in the form of overlays.env.api
            overlays.fullname        the stem of the names of all objects (_helpers.tpl)
            overlays.digest          the plan's digest, for an annotation of a pod template that depends on the plan
            overlays.manifest        the text of overlay-manifest.json

            In a deployment of the parent (tests/chart/parent is a whole one):
              {{- $overlays := index .Subcharts "agent-overlays" }}
              annotations:
                agent-overlays.io/digest: {{ include "overlays.digest" $overlays | quote }}
              env:
                {{- include "overlays.env.api" $overlays | nindent 12 }}

## Once     overlays.resolve does the work once in a rendering. It leaves its result, the plan, in the root context
            under "overlaysPlan"; all templates of the chart, and a parent's, share that context and read it there.
            The plan: values (with defaults), mode, fullname, cache, workload, merged, claim, hosts, sources,
            publicSources (how many), preloading (the sources with what they preload), preloads (whether any does),
            repositories, digest, manifest, api, sandbox, agent, repoCache (variables), agents (agents/_agents.tpl),
            problems; and dicts of who stated what.

## Linear   Lists that grow with the sources are printed and trimmed or parsed, never appended to, and looked up in
            dicts. Text is printed by `quote | replace "<" "\\x3c"`, since Helm removes the text `<no value>` from
            all that it prints; objects by toJson, whose order is fixed.

## Index    overlays.guard overlays.defaults overlays.fill overlays.problem overlays.where overlays.compatSource
            overlays.state overlays.collectRepositories overlays.collect overlays.complete overlays.repository
            overlays.refs overlays.paths overlays.ownPaths overlays.prefixed overlays.toolSources
            overlays.ownToolSources overlays.text overlays.userArray overlays.variableArray overlays.resolveSandbox
            overlays.resolveAgent overlays.resolveTools overlays.resolveApi overlays.resolveRepoCache
            overlays.printRepositories overlays.printVisibilities overlays.printRepositoryList overlays.resolvePlan
            overlays.resolveOwners overlays.compatSources overlays.resolveStatements overlays.resolveStorage
            overlays.resolveHosts overlays.printProblems overlays.resolve overlays.variables overlays.variable
            overlays.apiVariables overlays.env.api overlays.env.sandbox overlays.arrayVariables overlays.env.repoCache
            overlays.digest overlays.manifest
*/ -}}

{{- /*
overlays.guard (root) -> nothing, or one `fail`
A parent's own context would be taken for "everything at its default".
*/ -}}
{{- define "overlays.guard" -}}
{{- if not (index .Chart.Annotations "agent-overlays.io/context") -}}
{{- fail "the templates of agent-overlays take that chart's own context: in a parent chart, (index .Subcharts \"agent-overlays\")" -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.defaults () -> YAML map
The defaults of values.yaml again (a test compares them): a null in the user's values takes a key and its default away.
*/ -}}
{{- define "overlays.defaults" -}}
overlays:
  sources: []
  delivery: "separate"
  catalogInstruction: "The following skills are available exclusively in this CAO orchestration context. To load a skill's full content, use the `mcp__cao-mcp-server__load_skill` tool (NOT the Skill command). These skills are not accessible through provider-native skill commands or directories."
agents: []
toolServer:
  enabled: true
  repo: "paradigmxyz/centaur"
  ref: ""
  subdir: "tools"
  port: 8001
  extraSources: []
  runnerImage: {"repository": "", "tag": "", "pullPolicy": ""}
  githubToken: {"existingSecretName": "", "secretKey": "token"}
repoCache:
  enabled: true
  hostPath: "/var/lib/centaur/repos"
  repositories: []
  repositoryRefs: {}
  syncIntervalSeconds: 30
  grace: 3600
  jobs: 8
  timeout: 120
  fetchTimeout: 900
  minFree: "20%"
  metrics: {"enabled": true, "port": 9464}
  image: {"repository": "", "tag": "", "pullPolicy": ""}
  githubToken: {"existingSecretName": "", "token": "", "secretKey": "token"}
  gitCredentials: {"existingSecretName": "", "username": "x-access-token", "secretKey": "token", "hosts": []}
  egressPorts: [443]
  readinessProbe: {"initialDelaySeconds": 10, "periodSeconds": 30, "timeoutSeconds": 5, "failureThreshold": 3}
  nodeSelector: {}
  tolerations: []
  affinity: {}
  resources: {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}}
  updateStrategy: {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}
  podSecurityContext: {}
  extraEnv: {}
  podAnnotations: {}
  podLabels: {}
  imagePullSecrets: []
  priorityClassName: ""
  extraVolumes: []
  extraVolumeMounts: []
  extraInitContainers: []
  storage: {"type": "hostPath", "persistentVolumeClaim": {"existingClaim": "", "create": false, "accessModes": ["ReadWriteMany"], "storageClassName": "", "size": "20Gi"}}
sandbox:
  image: {"repository": "centaur-agent", "tag": "latest", "pullPolicy": "Always"}
  reposPath: ""
  extraEnv: {}
  workspace: "/home/agent/workspace"
  mountCache: false
  fallback: "none"
  wait: 300
  follow: false
  resources: {}
  nodeSelector: {}
  tolerations: []
  affinity: {}
  runtimeClassName: ""
  podSecurityContext: {}
  podAnnotations: {}
  podLabels: {}
  imagePullSecrets: []
  priorityClassName: ""
  extraVolumes: []
  extraVolumeMounts: []
  extraInitContainers: []
apiRs:
  enabled: true
  waitForCache: true
  image: {"repository": "centaur-api-rs", "tag": "latest", "pullPolicy": "Always"}
  extraEnv: {}
  service: {"type": "ClusterIP", "port": 8080}
  resources: {}
  nodeSelector: {}
  tolerations: []
  affinity: {}
  podSecurityContext: {}
  podAnnotations: {}
  podLabels: {}
  imagePullSecrets: []
  priorityClassName: ""
  extraVolumes: []
  extraVolumeMounts: []
  extraInitContainers: []
overlay:
  mountPath: "/app/overlay/org"
  systemPrompt: ""
nameOverride: ""
fullnameOverride: ""
{{- end -}}

{{- /*
overlays.fill (dict "given" map "defaults" map "filled" dict) -> nothing; sets the keys of "filled"
Every key that is given and not null, and the default of every other; the same inside objects with fixed keys. Inside
Kubernetes' own objects a null takes a default away.
*/ -}}
{{- define "overlays.fill" -}}
{{- $filled := .filled -}}
{{- range $key, $value := .given -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $filled $key $value -}}{{- end -}}
{{- end -}}
{{- range $key, $default := .defaults -}}
{{- if not (hasKey $filled $key) -}}
{{- $_ := set $filled $key $default -}}
{{- else if and (kindIs "map" $default) $default (not (has $key (list "resources" "updateStrategy"))) -}}
{{- $inner := dict -}}
{{- include "overlays.fill" (dict "given" (get $filled $key) "defaults" $default "filled" $inner) -}}
{{- $_ := set $filled $key $inner -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.problem (list plan message) -> nothing; notes one error
They are told together at the end of overlays.resolve, in the order in which they were found.
*/ -}}
{{- define "overlays.problem" -}}
{{- $problems := (index . 0).problems -}}
{{- $_ := set $problems (len $problems | printf "%08d") (index . 1) -}}
{{- end -}}

{{- /*
overlays.where (list plan index) -> one line: where in the values the source stands
Example: overlays.sources[2] (or toolServer, toolServer.extraSources[0])
*/ -}}
{{- define "overlays.where" -}}
{{- $index := index . 1 -}}
{{- if eq (index . 0).mode "explicit" -}}
overlays.sources[{{ $index }}]
{{- else if eq $index 0 -}}
toolServer
{{- else -}}
toolServer.extraSources[{{ sub $index 1 }}]
{{- end -}}
{{- end -}}

{{- /*
overlays.compatSource (toolServer, or one of its extraSources) -> one element of a JSON array, led by ","
The entry in the words of overlays.sources; here absent and "" both mean the default.
Example: ,{"repo":"acme/one","ref":"dev","toolsSubdir":"tools","workflowsSubdir":"wf","skillsSubdir":".agents/skills"}
*/ -}}
{{- define "overlays.compatSource" -}}
,{"repo":{{ toJson .repo }},"ref":{{ .ref | default "" | toJson }},"toolsSubdir":{{ .subdir | default "tools" | toJson -}}
,"workflowsSubdir":{{ .workflowsSubdir | default "workflows" | toJson -}}
,"skillsSubdir":{{ .skillsSubdir | default ".agents/skills" | toJson -}}
{{- with .cloneUrl }},"cloneUrl":{{ toJson . }}{{ end -}}
{{- with .visibility }},"visibility":{{ toJson . }}{{ end -}}
}
{{- end -}}

{{- /*
overlays.state (dict "plan" plan "entry" map "where" string) -> nothing
Notes the clone URL and the visibility that an entry states for its repository. One statement counts for all entries.
*/ -}}
{{- define "overlays.state" -}}
{{- $o := .plan -}}
{{- $where := .where -}}
{{- $repo := .entry.repo -}}
{{- with .entry.cloneUrl -}}
{{- if not (hasKey $o.urls $repo) -}}
{{- $_ := set $o.urls $repo . -}}
{{- $_ := set $o.urlsAt $repo $where -}}
{{- else if ne . (get $o.urls $repo) -}}
{{- include "overlays.problem" (list $o (printf "%s.cloneUrl: %s is cloned from %q, but %s.cloneUrl says %q; state one URL for a repository" $where $repo . (get $o.urlsAt $repo) (get $o.urls $repo))) -}}
{{- end -}}
{{- end -}}
{{- with .entry.visibility -}}
{{- $said := get $o . -}}
{{- $_ := set $said $repo $where -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.collectRepositories (plan) -> nothing
Notes what the object entries of repoCache.repositories state. An entry without a ref states "".
*/ -}}
{{- define "overlays.collectRepositories" -}}
{{- $o := . -}}
{{- $stated := dict -}}
{{- $statedAt := dict -}}
{{- range $index, $entry := .values.repoCache.repositories -}}
{{- if kindIs "map" $entry -}}
{{- $repo := $entry.repo -}}
{{- $ref := $entry.ref | default "" -}}
{{- if not (hasKey $stated $repo) -}}
{{- $_ := set $stated $repo $ref -}}
{{- $_ := set $statedAt $repo $index -}}
{{- if $ref -}}{{- $_ := set $o.entryRefs $repo $ref -}}{{- end -}}
{{- else if ne $ref (get $stated $repo) -}}
{{- include "overlays.problem" (list $o (printf "repoCache.repositories[%d]: %s has ref %q, but repoCache.repositories[%d] has %q; one checkout has one ref" $index $repo $ref (get $statedAt $repo) (get $stated $repo))) -}}
{{- end -}}
{{- if or $entry.cloneUrl $entry.visibility -}}
{{- include "overlays.state" (dict "plan" $o "entry" $entry "where" (printf "repoCache.repositories[%d]" $index)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.collect (plan with "given") -> elements of a JSON array, each led by ","
The enabled sources by the three-valued rule (absent: the default, "": off, else a path), with the declared ref; notes
what they state. The keys are those of the digest.
Example: ,{"repo":"acme/one","ref":"dev","tools":"tools","skills":".agents/skills"}
*/ -}}
{{- define "overlays.collect" -}}
{{- $o := . -}}
{{- range $index, $given := .given -}}
{{- if ne (get $given "enabled" | toString) "false" -}}
{{- $repo := $given.repo -}}
{{- $ref := $given.ref | default "" -}}
{{- if not (hasKey $o.declared $repo) -}}
{{- $_ := set $o.declared $repo $ref -}}
{{- $_ := set $o.declaredAt $repo $index -}}
{{- else if ne $ref (get $o.declared $repo) -}}
{{- include "overlays.problem" (list $o (printf "%s: %s has ref %q, but %s has %q; one checkout has one ref" (include "overlays.where" (list $o $index)) $repo $ref (include "overlays.where" (list $o (get $o.declaredAt $repo))) (get $o.declared $repo))) -}}
{{- end -}}
{{- if or $given.cloneUrl $given.visibility -}}
{{- include "overlays.state" (dict "plan" $o "entry" $given "where" (include "overlays.where" (list $o $index))) -}}
{{- end -}}
{{- $tools := "tools" -}}
{{- if hasKey $given "toolsSubdir" -}}{{- $tools = $given.toolsSubdir -}}{{- end -}}
{{- $workflows := "workflows" -}}
{{- if hasKey $given "workflowsSubdir" -}}{{- $workflows = $given.workflowsSubdir -}}{{- end -}}
{{- $skills := ".agents/skills" -}}
{{- if hasKey $given "skillsSubdir" -}}{{- $skills = $given.skillsSubdir -}}{{- end -}}
,{"repo":{{ toJson $repo }}
{{- if $ref }},"ref":{{ toJson $ref }}{{ end -}}
{{- if $tools }},"tools":{{ toJson $tools }}{{ end -}}
{{- if $workflows }},"workflows":{{ toJson $workflows }}{{ end -}}
{{- if $skills }},"skills":{{ toJson $skills }}{{ end -}}
{{- with $given.personasSubdir }},"personas":{{ toJson . }}{{ end -}}
{{- with $given.promptPath }},"prompt":{{ toJson . }}{{ end -}}
{{- with $given.skillsPreload }},"skillsPreload":{{ toJson . }}{{ $_ := set $o "preloads" (or $o.preloads (ne $skills "")) }}{{ $_ := set $o "statesPreload" true }}{{ end -}}
}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.complete (plan) -> nothing
Puts into each source what holds for its whole repository: effective ref (pin, then entry, then source), stated clone
URL, effective visibility. Notes the last place of every path, and counts the public sources.
*/ -}}
{{- define "overlays.complete" -}}
{{- $o := . -}}
{{- range $index, $source := .sources -}}
{{- $repo := $source.repo -}}
{{- if not (hasKey $o.refs $repo) -}}
{{- $_ := set $o.refs $repo ($source.ref | default "") -}}
{{- else if get $o.refs $repo -}}
{{- $_ := set $source "ref" (get $o.refs $repo) -}}
{{- else -}}
{{- $_ := unset $source "ref" -}}
{{- end -}}
{{- if hasKey $o.urls $repo -}}{{- $_ := set $source "cloneUrl" (get $o.urls $repo) -}}{{- end -}}
{{- if hasKey $o.visibility $repo -}}{{- $_ := set $source "visibility" (get $o.visibility $repo) -}}{{- end -}}
{{- if eq (get $source "visibility") "public" -}}{{- $_ := set $o "publicSources" (add1 $o.publicSources) -}}{{- end -}}
{{- with $source.tools -}}{{- $_ := set $o.last.tools (printf "%s/%s" $repo .) $index -}}{{- end -}}
{{- with $source.workflows -}}{{- $_ := set $o.last.workflows (printf "%s/%s" $repo .) $index -}}{{- end -}}
{{- with $source.skills -}}{{- $_ := set $o.last.skills (printf "%s/%s" $repo .) $index -}}{{- end -}}
{{- with $source.personas -}}{{- $_ := set $o.last.personas (printf "%s/%s" $repo .) $index -}}{{- end -}}
{{- with $source.prompt -}}{{- $_ := set $o.last.prompt (printf "%s/%s" $repo .) $index -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.repository (dict "plan" plan "repo" string) -> one element of a JSON array, led by ","; nothing the second time
Example: ,{"cloneUrl":"https://github.com/acme/one.git","ref":"dev","repo":"acme/one","visibility":"private"}
*/ -}}
{{- define "overlays.repository" -}}
{{- $repo := .repo -}}
{{- if not (hasKey .plan.seen $repo) -}}
{{- $_ := set .plan.seen $repo true -}}
{{- $url := get .plan.urls $repo | default (printf "https://github.com/%s.git" $repo) -}}
{{- $visibility := get .plan.visibility $repo | default "private" -}}
,{"cloneUrl":{{ toJson $url }}{{ with get .plan.refs $repo }},"ref":{{ toJson . }}{{ end }},"repo":{{ toJson $repo -}}
,"visibility":{{ toJson $visibility }}}
{{- end -}}
{{- end -}}

{{- /*
overlays.refs (plan) -> entries, each led by " "; "" when nothing states a ref
REPOSITORY_REFS: pins in byte order, then entries of repoCache.repositories, then sources; one entry for a repository.
Example:  b/b=r2 z/z=r1 acme/two=t2
*/ -}}
{{- define "overlays.refs" -}}
{{- $seen := dict -}}
{{- range $repo, $ref := .values.repoCache.repositoryRefs -}}
{{- $_ := set $seen $repo true }} {{ $repo }}={{ $ref }}
{{- end -}}
{{- $entryRefs := .entryRefs -}}
{{- range .values.repoCache.repositories -}}
{{- if kindIs "map" . -}}
{{- if and (hasKey $entryRefs .repo) (not (hasKey $seen .repo)) -}}
{{- $_ := set $seen .repo true }} {{ .repo }}={{ get $entryRefs .repo }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .sources -}}
{{- if .ref -}}
{{- if not (hasKey $seen .repo) -}}
{{- $_ := set $seen .repo true }} {{ .repo }}={{ .ref }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.paths (dict "plan" plan "surface" string "only" "" or "public") -> paths, each led by ":", without a prefix
Where consumers find the surface in the cache: in the sources' own directories, or in the one of the winners.
Example: :acme/base/tools:acme/extra/packages/tools (or :overlays/merged/tools)
*/ -}}
{{- define "overlays.paths" -}}
{{- $paths := include "overlays.ownPaths" . -}}
{{- if and $paths .plan.merged -}}
:overlays/{{ ternary "merged-public" "merged" (eq .only "public") }}/{{ ternary "SYSTEM_PROMPT.md" .surface (eq .surface "prompt") }}
{{- else -}}
{{- $paths -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.ownPaths (as overlays.paths) -> paths, each led by ":"
The sources' own, in order; a path that would stand twice stands at its last place.
Example: :acme/base/tools:acme/extra/packages/tools
*/ -}}
{{- define "overlays.ownPaths" -}}
{{- $surface := .surface -}}
{{- $last := get .plan.last $surface -}}
{{- $only := .only -}}
{{- range $index, $source := .plan.sources -}}
{{- with get $source $surface -}}
{{- $path := printf "%s/%s" $source.repo . -}}
{{- if and (eq (get $last $path) $index) (or (not $only) (eq ($source.visibility | default "") $only)) -}}
:{{ $path }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.prefixed (list prefix paths) -> one line; "" when there are no paths
Example: /repos/acme/base/tools:/repos/acme/extra/packages/tools (of "/repos" and the example above)
*/ -}}
{{- define "overlays.prefixed" -}}
{{- index . 1 | replace ":" (printf ":%s/" (index . 0)) | trimPrefix ":" -}}
{{- end -}}

{{- /*
overlays.toolSources (plan) -> elements of a JSON array, each led by ","
From where sandboxes take their tools: the sources with tools, or the winners of all sources; the visibility when any is
stated anywhere. The winners are private as soon as one source is.
Example: ,{"repo":"overlays/merged","subdir":"tools"} (or see overlays.ownToolSources)
*/ -}}
{{- define "overlays.toolSources" -}}
{{- if .merged -}}
,{"repo":"overlays/merged","subdir":"tools"
{{- if .visibility }},"visibility":{{ ternary "public" "private" (eq (int .publicSources) (len .sources)) | toJson }}{{ end -}}
}
{{- else -}}
{{- include "overlays.ownToolSources" . -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.ownToolSources (plan) -> elements of a JSON array, each led by ","
The sources with tools, in order, each once (at its last place), as KUBERNETES_TOOLS_EXTRA_SOURCES has them: the
declared ref; the visibility when any is stated anywhere.
Example: ,{"ref":"main","repo":"acme/one","subdir":"tools"},{"repo":"acme/two","subdir":"tools"}
*/ -}}
{{- define "overlays.ownToolSources" -}}
{{- $o := . -}}
{{- $visible := len .visibility -}}
{{- range $index, $source := .sources -}}
{{- with $source.tools -}}
{{- if eq (get $o.last.tools (printf "%s/%s" $source.repo .)) $index -}}
,{ {{- with get $o.declared $source.repo }}"ref":{{ toJson . }},{{ end -}}
"repo":{{ toJson $source.repo }},"subdir":{{ toJson . }}
{{- if $visible }},"visibility":{{ $source.visibility | default "private" | toJson }}{{ end -}}
}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.text (string, boolean or number) -> its text
A number from --set is an int64, one from a file a float64: both print whole numbers in full. -0.0 is -0.
Example: 1000000, 1.5, true
*/ -}}
{{- define "overlays.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) (ne (toString .) "-0") -}}
{{ int64 . }}
{{- else -}}
{{ toString . }}
{{- end -}}
{{- end -}}

{{- /*
overlays.userArray (plan) -> elements of a JSON array, each led by ","
The user's apiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV, checked; what is not legal is noted as an error and left out.
(fromJsonArray answers what it cannot read with one element that holds the error's text.)
*/ -}}
{{- define "overlays.userArray" -}}
{{- $o := . -}}
{{- $key := "apiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV" -}}
{{- $text := .values.apiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV -}}
{{- $seen := dict -}}
{{- if not (regexMatch "^[ \\t\\r\\n]*\\[" $text) -}}
{{- include "overlays.problem" (list $o (printf "%s: must be a JSON array of {\"name\": ..., \"value\": ...} objects" $key)) -}}
{{- else -}}
{{- range $index, $item := fromJsonArray $text -}}
{{- $where := printf "%s[%d]" $key $index -}}
{{- if not (kindIs "map" $item) -}}
{{- include "overlays.problem" (list $o (printf "%s: must be an object of \"name\" and \"value\", not %s" $where (toJson $item))) -}}
{{- else if not (and (eq (len $item) 2) (hasKey $item "name") (hasKey $item "value")) -}}
{{- include "overlays.problem" (list $o (printf "%s: must have \"name\" and \"value\" and nothing else" $where)) -}}
{{- else if not (and (kindIs "string" $item.name) (kindIs "string" $item.value)) -}}
{{- include "overlays.problem" (list $o (printf "%s: \"name\" and \"value\" must be strings" $where)) -}}
{{- else if regexMatch "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x{9F}]" $item.value -}}
{{- include "overlays.problem" (list $o (printf "%s: the value of %q holds control characters" $where $item.name)) -}}
{{- else if not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" $item.name) -}}
{{- include "overlays.problem" (list $o (printf "%s: %q is not the name of a variable" $where $item.name)) -}}
{{- else if eq $item.name "OVERLAYS_DIGEST" -}}
{{- include "overlays.problem" (list $o (printf "%s: OVERLAYS_DIGEST is reserved" $where)) -}}
{{- else if hasKey $seen $item.name -}}
{{- include "overlays.problem" (list $o (printf "%s: %s stands there twice" $where $item.name)) -}}
{{- else -}}
{{- $_ := set $seen $item.name true -}}
,{{ toJson $item }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.variableArray (dict "plan" plan "order" list "rendered" map) -> elements of a JSON array, each led by ","
The variables of a sandbox: the chart's own names ("order") that are rendered, then the others of sandbox.extraEnv in byte
order, then new ones of the user's array. A name stands once, at its first place, with the value of the user's array,
else of sandbox.extraEnv, else ours.
Example: ,{"name":"CENTAUR_SKILL_DIRS","value":"/home/agent/github/acme/one/.agents/skills"}
*/ -}}
{{- define "overlays.variableArray" -}}
{{- $rendered := .rendered -}}
{{- $extra := .plan.values.sandbox.extraEnv -}}
{{- $user := dict -}}
{{- range .plan.userArray -}}{{- $_ := set $user .name .value -}}{{- end -}}
{{- range .order -}}
{{- if hasKey $rendered . -}}
{{- $value := get $rendered . -}}
{{- if hasKey $extra . -}}{{- $value = include "overlays.text" (get $extra .) -}}{{- end -}}
{{- if hasKey $user . -}}{{- $value = get $user . -}}{{- end -}}
,{{ dict "name" . "value" $value | toJson }}
{{- end -}}
{{- end -}}
{{- range $name, $given := $extra -}}
{{- if not (hasKey $rendered $name) -}}
{{- $value := include "overlays.text" $given -}}
{{- if hasKey $user $name -}}{{- $value = get $user $name -}}{{- end -}}
,{{ dict "name" $name "value" $value | toJson }}
{{- end -}}
{{- end -}}
{{- range .plan.userArray -}}
{{- if not (or (hasKey $rendered .name) (hasKey $extra .name)) -}}
,{{ toJson . }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.resolveSandbox (plan) -> nothing; sets "sandbox"
The text of SESSION_SANDBOX_EXTRA_ENV, "" when it has no entry.
*/ -}}
{{- define "overlays.resolveSandbox" -}}
{{- $rendered := dict -}}
{{- if .cache -}}
{{- if .last.skills -}}
{{- $_ := set $rendered "CENTAUR_SKILL_DIRS" (include "overlays.prefixed" (list .agentPath (include "overlays.paths" (dict "plan" . "surface" "skills" "only" "")))) -}}
{{- end -}}
{{- if and .last.skills .public -}}
{{- with include "overlays.prefixed" (list .agentPath (include "overlays.paths" (dict "plan" . "surface" "skills" "only" "public"))) -}}
{{- $_ := set $rendered "CENTAUR_PUBLIC_SKILL_DIRS" . -}}
{{- end -}}
{{- end -}}
{{- if .last.personas -}}
{{- $_ := set $rendered "CENTAUR_PERSONA_DIRS" (include "overlays.prefixed" (list .agentPath (include "overlays.paths" (dict "plan" . "surface" "personas" "only" "")))) -}}
{{- end -}}
{{- if .last.prompt -}}
{{- $_ := set $rendered "CENTAUR_PROMPT_PATHS" (include "overlays.prefixed" (list .agentPath (include "overlays.paths" (dict "plan" . "surface" "prompt" "only" "")))) -}}
{{- end -}}
{{- end -}}
{{- $user := list -}}
{{- if hasKey .values.apiRs.extraEnv "SESSION_SANDBOX_EXTRA_ENV" -}}
{{- $user = include "overlays.userArray" . | trimPrefix "," | printf "[%s]" | fromJsonArray -}}
{{- end -}}
{{- $_ := set . "userArray" $user -}}
{{- $_ := set . "sandboxRendered" $rendered -}}
{{- $order := list "CENTAUR_SKILL_DIRS" "CENTAUR_PUBLIC_SKILL_DIRS" "CENTAUR_PERSONA_DIRS" "CENTAUR_PROMPT_PATHS" -}}
{{- $array := include "overlays.variableArray" (dict "plan" . "order" $order "rendered" $rendered) -}}
{{- $_ := set . "sandbox" ($array | trimPrefix "," | printf "[%s]") -}}
{{- end -}}

{{- /*
overlays.resolveAgent (plan, after overlays.resolveSandbox) -> nothing; sets "agent" and "agentRendered"
The text of a JSON array: the variables of the agent of the sandbox's pod template, who finds everything where
`install` puts it, whatever the delivery. "[]" when there is no such template.
*/ -}}
{{- define "overlays.resolveAgent" -}}
{{- $rendered := dict -}}
{{- $array := "" -}}
{{- if .workload -}}
{{- $workspace := .values.sandbox.workspace -}}
{{- if .last.tools -}}{{- $_ := set $rendered "TOOL_DIRS" (printf "%s/tools" $workspace) -}}{{- end -}}
{{- if .last.workflows -}}{{- $_ := set $rendered "WORKFLOW_DIRS" (printf "%s/workflows" $workspace) -}}{{- end -}}
{{- if .last.skills -}}{{- $_ := set $rendered "CENTAUR_SKILL_DIRS" (printf "%s/.agents/skills" $workspace) -}}{{- end -}}
{{- if .last.personas -}}{{- $_ := set $rendered "CENTAUR_PERSONA_DIRS" (printf "%s/personas" $workspace) -}}{{- end -}}
{{- if .last.prompt -}}{{- $_ := set $rendered "CENTAUR_PROMPT_PATHS" (printf "%s/SYSTEM_PROMPT.md" $workspace) -}}{{- end -}}
{{- $_ := set $rendered "OVERLAYS_DIGEST" .digest -}}
{{- $order := list "TOOL_DIRS" "WORKFLOW_DIRS" "CENTAUR_SKILL_DIRS" "CENTAUR_PERSONA_DIRS" "CENTAUR_PROMPT_PATHS" "OVERLAYS_DIGEST" -}}
{{- $array = include "overlays.variableArray" (dict "plan" . "order" $order "rendered" $rendered) -}}
{{- $_ := set . "agentOrder" $order -}}
{{- end -}}
{{- $_ := set . "agentRendered" $rendered -}}
{{- $_ := set . "agent" ($array | trimPrefix "," | printf "[%s]") -}}
{{- end -}}

{{- /*
overlays.resolveTools (dict "plan" plan "api" dict) -> nothing; sets KUBERNETES_TOOLS_* in "api"
The first source with tools and the rest of them; nothing when no source has tools.
*/ -}}
{{- define "overlays.resolveTools" -}}
{{- $o := .plan -}}
{{- $api := .api -}}
{{- $text := include "overlays.toolSources" $o | trimPrefix "," | printf "[%s]" -}}
{{- $tools := fromJsonArray $text -}}
{{- $first := first $tools -}}
{{- $_ := set $api "KUBERNETES_TOOLS_REPO" $first.repo -}}
{{- $_ := set $api "KUBERNETES_TOOLS_SUBDIR" $first.subdir -}}
{{- with $first.ref -}}{{- $_ := set $api "KUBERNETES_TOOLS_REF" . -}}{{- end -}}
{{- with $first.visibility -}}{{- $_ := set $api "KUBERNETES_TOOLS_VISIBILITY" . -}}{{- end -}}
{{- with rest $tools -}}{{- $_ := set $api "KUBERNETES_TOOLS_EXTRA_SOURCES" (toJson .) -}}{{- end -}}
{{- $runner := $o.values.toolServer.runnerImage -}}
{{- $image := $o.values.sandbox.image -}}
{{- $_ := set $api "KUBERNETES_TOOLS_RUNNER_IMAGE" (printf "%s:%s" ($runner.repository | default $image.repository) ($runner.tag | default $image.tag)) -}}
{{- $_ := set $api "KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY" ($runner.pullPolicy | default $image.pullPolicy) -}}
{{- if $o.cache -}}
{{- $_ := set $api "KUBERNETES_TOOLS_REPO_CACHE_PATH" $o.values.repoCache.hostPath -}}
{{- with $o.claim -}}{{- $_ := set $api "KUBERNETES_TOOLS_REPO_CACHE_PVC" . -}}{{- end -}}
{{- else if $o.values.toolServer.githubToken.existingSecretName -}}
{{- $_ := set $api "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET" $o.values.toolServer.githubToken.existingSecretName -}}
{{- $_ := set $api "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY" $o.values.toolServer.githubToken.secretKey -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.resolveApi (plan) -> nothing; sets "api": name -> value, without the user's further names
The names' order stands in overlays.env.api.
*/ -}}
{{- define "overlays.resolveApi" -}}
{{- $api := dict "TOOL_DIRS" "/app/tools" "WORKFLOW_DIRS" "/app/workflows" "OVERLAYS_DIGEST" .digest -}}
{{- $root := .values.repoCache.hostPath -}}
{{- if and .cache .last.tools -}}
{{- $_ := set $api "TOOL_DIRS" (include "overlays.prefixed" (list $root (include "overlays.paths" (dict "plan" . "surface" "tools" "only" "")))) -}}
{{- if .public -}}
{{- with include "overlays.prefixed" (list $root (include "overlays.paths" (dict "plan" . "surface" "tools" "only" "public"))) -}}
{{- $_ := set $api "KUBERNETES_PUBLIC_TOOL_DIRS" . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .cache .last.workflows -}}
{{- $paths := include "overlays.paths" (dict "plan" . "surface" "workflows" "only" "") -}}
{{- $_ := set $api "WORKFLOW_DIRS" (include "overlays.prefixed" (list $root $paths)) -}}
{{- $_ := set $api "KUBERNETES_WORKFLOW_DIRS" (include "overlays.prefixed" (list .agentPath $paths)) -}}
{{- else if and .cache .sources -}}
{{- $_ := set $api "KUBERNETES_WORKFLOW_DIRS" "/opt/centaur/workflows" -}}
{{- end -}}
{{- with .values.sandbox.reposPath | default (ternary $root "" .cache) -}}
{{- $_ := set $api "REPOS_PATH" . -}}
{{- end -}}
{{- with .claim -}}{{- $_ := set $api "REPOS_PVC" . -}}{{- end -}}
{{- if .values.overlay.systemPrompt -}}{{- $_ := set $api "CENTAUR_OVERLAY_DIR" .values.overlay.mountPath -}}{{- end -}}
{{- if ne .sandbox "[]" -}}{{- $_ := set $api "SESSION_SANDBOX_EXTRA_ENV" .sandbox -}}{{- end -}}
{{- if .last.tools -}}{{- include "overlays.resolveTools" (dict "plan" . "api" $api) -}}{{- end -}}
{{- $_ := set . "api" $api -}}
{{- end -}}

{{- /*
overlays.resolveRepoCache (plan) -> nothing; sets "repoCache": name -> value, without the user's further names
*/ -}}
{{- define "overlays.resolveRepoCache" -}}
{{- $env := dict "GIT_TERMINAL_PROMPT" "0" "OVERLAYS_DIGEST" .digest -}}
{{- $_ := set $env "REPOSITORIES" (include "overlays.printRepositories" . | trimPrefix " ") -}}
{{- $_ := set $env "REPOSITORY_REFS" (include "overlays.refs" . | trimPrefix " ") -}}
{{- $_ := set $env "SYNC_INTERVAL_SECONDS" (.values.repoCache.syncIntervalSeconds | int64 | toString) -}}
{{- if .visibility -}}
{{- $_ := set $env "REPOSITORY_VISIBILITIES" (include "overlays.printVisibilities" . | trimPrefix " ") -}}
{{- end -}}
{{- with .urls -}}{{- $_ := set $env "REPOSITORY_CLONE_URLS" (toJson .) -}}{{- end -}}
{{- $_ := set . "repoCache" $env -}}
{{- end -}}

{{- /*
overlays.printRepositories (plan) -> every repository, each led by " "
Example:  paradigmxyz/centaur acme/one
*/ -}}
{{- define "overlays.printRepositories" -}}
{{- range .repositories }} {{ .repo }}{{ end -}}
{{- end -}}

{{- /*
overlays.printVisibilities (plan) -> the visibility of every repository, each led by " "
Example:  paradigmxyz/centaur=public acme/one=private
*/ -}}
{{- define "overlays.printVisibilities" -}}
{{- range .repositories }} {{ .repo }}={{ .visibility }}{{ end -}}
{{- end -}}

{{- /*
overlays.printRepositoryList (plan) -> elements of a JSON array, each led by ","
The repositories of the manifest: those of repoCache.repositories, then those of the sources, each once.
Example: see overlays.repository
*/ -}}
{{- define "overlays.printRepositoryList" -}}
{{- $o := . -}}
{{- range .values.repoCache.repositories -}}
{{- $repo := . -}}
{{- if kindIs "map" . -}}{{- $repo = .repo -}}{{- end -}}
{{- include "overlays.repository" (dict "plan" $o "repo" $repo) -}}
{{- end -}}
{{- range .sources -}}
{{- include "overlays.repository" (dict "plan" $o "repo" .repo) -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.resolvePlan (plan) -> nothing; sets mode, sources, digest, repositories, manifest
Order matters: refs, URLs and visibilities are known only when all entries of a repository were seen.
*/ -}}
{{- define "overlays.resolvePlan" -}}
{{- $given := .values.overlays.sources -}}
{{- $server := .values.toolServer -}}
{{- if $given -}}
{{- $_ := set . "mode" "explicit" -}}
{{- else -}}
{{- $_ := set . "mode" "compat" -}}
{{- if and $server.enabled $server.repo -}}
{{- $given = printf "[%s%s]" (include "overlays.compatSource" $server | trimPrefix ",") (include "overlays.compatSources" $server.extraSources) | fromJsonArray -}}
{{- else if $server.enabled -}}
{{- include "overlays.problem" (list . "toolServer.repo (owner/name) must be set when toolServer.enabled=true") -}}
{{- end -}}
{{- end -}}
{{- $_ := set . "given" $given -}}
{{- include "overlays.collectRepositories" . -}}
{{- $_ := set . "sources" (include "overlays.collect" . | trimPrefix "," | printf "[%s]" | fromJsonArray) -}}
{{- include "overlays.resolveStatements" . -}}
{{- include "overlays.complete" . -}}
{{- $_ := set . "preloading" .sources -}}
{{- if .statesPreload -}}
{{- $_ := set . "sources" (include "overlays.reducedSources" (dict "sources" .sources "unused" (list "skillsPreload") "all" true) | trimPrefix "," | printf "[%s]" | fromJsonArray) -}}
{{- end -}}
{{- $_ := set . "digest" (dict "schemaVersion" 1 "sources" .sources | toJson | sha256sum | printf "sha256:%s") -}}
{{- $_ := set . "repositories" (include "overlays.printRepositoryList" . | trimPrefix "," | printf "[%s]" | fromJsonArray) -}}
{{- $mounts := dict "api" .values.repoCache.hostPath "sandbox" .agentPath -}}
{{- $manifest := dict "digest" .digest "mounts" $mounts "repositories" .repositories "schemaVersion" 1 "sources" .preloading -}}
{{- if eq .values.overlays.delivery "merged" -}}
{{- $_ := set $manifest "delivery" "merged" -}}
{{- include "overlays.resolveOwners" . -}}
{{- end -}}
{{- $_ := set . "manifestObject" $manifest -}}
{{- $_ := set . "workload" (and .cache (gt (len .repositories) 0)) -}}
{{- $_ := set . "merged" (and .cache (gt (len .sources) 0) (eq .values.overlays.delivery "merged")) -}}
{{- end -}}

{{- /*
overlays.resolveOwners (plan) -> nothing
The cache keeps what it merges at overlays/merged: with merged delivery that owner is taken.
*/ -}}
{{- define "overlays.resolveOwners" -}}
{{- $o := . -}}
{{- $taken := "has the owner \"overlays\", and overlays.delivery is merged: the cache keeps the merged directories under that owner" -}}
{{- range $index, $entry := .values.repoCache.repositories -}}
{{- $repo := $entry -}}
{{- $where := printf "repoCache.repositories[%d]" $index -}}
{{- if kindIs "map" $entry -}}{{- $repo = $entry.repo -}}{{- $where = printf "%s.repo" $where -}}{{- end -}}
{{- if hasPrefix "overlays/" $repo -}}{{- include "overlays.problem" (list $o (printf "%s: %s %s" $where $repo $taken)) -}}{{- end -}}
{{- end -}}
{{- range $index, $entry := .given -}}
{{- if and (hasPrefix "overlays/" $entry.repo) (ne (get $entry "enabled" | toString) "false") -}}
{{- include "overlays.problem" (list $o (printf "%s.repo: %s %s" (include "overlays.where" (list $o $index)) $entry.repo $taken)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.compatSources (list of toolServer.extraSources) -> elements of a JSON array, each led by ","
*/ -}}
{{- define "overlays.compatSources" -}}
{{- range . -}}{{- include "overlays.compatSource" . -}}{{- end -}}
{{- end -}}

{{- /*
overlays.resolveStatements (plan) -> nothing; fills "refs" with pins and entries, "visibility" with what is effective
Private wins; a pin wins even when it is empty.
*/ -}}
{{- define "overlays.resolveStatements" -}}
{{- $o := . -}}
{{- range $repo, $ref := .values.repoCache.repositoryRefs -}}{{- $_ := set $o.refs $repo $ref -}}{{- end -}}
{{- range $repo, $ref := .entryRefs -}}
{{- if not (hasKey $o.refs $repo) -}}{{- $_ := set $o.refs $repo $ref -}}{{- end -}}
{{- end -}}
{{- range $repo, $where := .public -}}{{- $_ := set $o.visibility $repo "public" -}}{{- end -}}
{{- range $repo, $where := .private -}}{{- $_ := set $o.visibility $repo "private" -}}{{- end -}}
{{- end -}}

{{- /*
overlays.resolveStorage (plan) -> nothing; sets "claim" ("" on a hostPath or with the cache off)
*/ -}}
{{- define "overlays.resolveStorage" -}}
{{- $storage := .values.repoCache.storage -}}
{{- $_ := set . "claim" "" -}}
{{- if and .cache (eq $storage.type "persistentVolumeClaim") -}}
{{- $claim := $storage.persistentVolumeClaim -}}
{{- $_ := set . "claim" ($claim.existingClaim | default (printf "%s-repo-cache" .fullname)) -}}
{{- if not (or $claim.existingClaim $claim.create) -}}
{{- include "overlays.problem" (list . "repoCache.storage.persistentVolumeClaim: set existingClaim, or create: true; storage.type persistentVolumeClaim needs a claim") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.resolveHosts (plan) -> nothing; sets "hosts", the Git hosts that repoCache.gitCredentials serve (a list)
Not told which of several hosts: an error, also with the cache off, so that switching it on gives nothing away.
*/ -}}
{{- define "overlays.resolveHosts" -}}
{{- $credentials := .values.repoCache.gitCredentials -}}
{{- $_ := set . "hosts" list -}}
{{- if $credentials.existingSecretName -}}
{{- $hosts := dict -}}
{{- range .repositories -}}
{{- $_ := set $hosts (regexFind "//[^/]+" .cloneUrl | trimPrefix "//" | lower) true -}}
{{- end -}}
{{- if $credentials.hosts -}}
{{- $_ := set . "hosts" $credentials.hosts -}}
{{- else if gt (len $hosts) 1 -}}
{{- include "overlays.problem" (list . (printf "repoCache.gitCredentials.hosts: name the hosts that may see the credentials; the repositories have %d: %s" (len $hosts) (keys $hosts | sortAlpha | join ", "))) -}}
{{- else -}}
{{- $_ := set . "hosts" (keys $hosts) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.printProblems (plan) -> every error on a line of its own, each led by a line feed
*/ -}}
{{- define "overlays.printProblems" -}}
{{- range $number, $message := .problems }}
{{ $message }}
{{- end -}}
{{- end -}}

{{- /*
overlays.resolve (root) -> nothing, or one `fail` with every error; leaves the plan in the root context
*/ -}}
{{- define "overlays.resolve" -}}
{{- if not (hasKey . "overlaysPlan") -}}
{{- include "overlays.guard" . -}}
{{- $values := dict -}}
{{- include "overlays.fill" (dict "given" .Values "defaults" (include "overlays.defaults" . | fromYaml) "filled" $values) -}}
{{- $o := dict "values" $values "fullname" (include "overlays.fullname" .) "cache" $values.repoCache.enabled "agentPath" "/home/agent/github" -}}
{{- range list "problems" "declared" "declaredAt" "entryRefs" "refs" "urls" "urlsAt" "private" "public" "visibility" "seen" -}}
{{- $_ := set $o . dict -}}
{{- end -}}
{{- $_ := set $o "publicSources" 0 -}}
{{- $_ := set $o "preloads" false -}}
{{- $_ := set $o "statesPreload" false -}}
{{- $_ := set $o "last" (dict "tools" dict "workflows" dict "skills" dict "personas" dict "prompt" dict) -}}
{{- include "overlays.resolvePlan" $o -}}
{{- include "overlays.resolveStorage" $o -}}
{{- include "overlays.resolveHosts" $o -}}
{{- include "overlays.resolveSandbox" $o -}}
{{- include "overlays.resolveAgent" $o -}}
{{- include "overlays.resolveAgents" $o -}}
{{- $_ := set $o "manifest" (printf "%s\n" (toPrettyJson $o.manifestObject)) -}}
{{- include "overlays.resolveApi" $o -}}
{{- include "overlays.resolveRepoCache" $o -}}
{{- $_ := set . "overlaysPlan" $o -}}
{{- with $o.problems -}}{{- fail (include "overlays.printProblems" $o | trimPrefix "\n") -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.variables (dict "order" list "rendered" map "extra" map "as" "env" or "data") -> lines, each led by a line feed
The names of "order" that are rendered, a same-named one of "extra" in place; then the others of "extra" in byte order.
Example: - name: "TOOL_DIRS"
           value: "/app/tools"            (as "data": "TOOL_DIRS": "/app/tools")
*/ -}}
{{- define "overlays.variables" -}}
{{- $rendered := .rendered -}}
{{- $extra := .extra -}}
{{- $as := .as -}}
{{- range .order -}}
{{- if hasKey $rendered . -}}
{{- $value := get $rendered . -}}
{{- if hasKey $extra . -}}{{- $value = get $extra . -}}{{- end -}}
{{- include "overlays.variable" (list $as . $value) -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $extra -}}
{{- if not (hasKey $rendered $name) -}}{{- include "overlays.variable" (list $as $name $value) -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.variable (list "env" or "data", name, value) -> one entry, led by a line feed
*/ -}}
{{- define "overlays.variable" -}}
{{- $name := index . 1 | quote -}}
{{- $value := index . 2 | quote | replace "<" "\\x3c" -}}
{{- if eq (index . 0) "env" }}
- name: {{ $name }}
  value: {{ $value }}
{{- else }}
{{ $name }}: {{ $value }}
{{- end -}}
{{- end -}}

{{- /*
overlays.apiVariables (dict "plan" plan "as" "env" or "data") -> lines, each led by a line feed
The order of the API's variables. The user's SESSION_SANDBOX_EXTRA_ENV is already merged into ours.
*/ -}}
{{- define "overlays.apiVariables" -}}
{{- $order := list "TOOL_DIRS" "WORKFLOW_DIRS" "KUBERNETES_WORKFLOW_DIRS" "REPOS_PATH" "REPOS_PVC" "CENTAUR_OVERLAY_DIR"
  "SESSION_SANDBOX_EXTRA_ENV" "KUBERNETES_TOOLS_REPO" "KUBERNETES_TOOLS_REF" "KUBERNETES_TOOLS_SUBDIR"
  "KUBERNETES_TOOLS_VISIBILITY" "KUBERNETES_TOOLS_EXTRA_SOURCES" "KUBERNETES_TOOLS_REPO_CACHE_PATH"
  "KUBERNETES_TOOLS_REPO_CACHE_PVC" "KUBERNETES_TOOLS_RUNNER_IMAGE" "KUBERNETES_TOOLS_RUNNER_IMAGE_PULL_POLICY"
  "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET" "KUBERNETES_TOOLS_GITHUB_TOKEN_SECRET_KEY" "KUBERNETES_PUBLIC_TOOL_DIRS"
  "OVERLAYS_DIGEST" -}}
{{- $extra := omit .plan.values.apiRs.extraEnv "SESSION_SANDBOX_EXTRA_ENV" -}}
{{- include "overlays.variables" (dict "order" $order "rendered" .plan.api "extra" $extra "as" .as) -}}
{{- end -}}

{{- /*
overlays.env.api (root) -> entries of a container's `env`; public
Example: - name: "TOOL_DIRS"
           value: "/var/lib/centaur/repos/paradigmxyz/centaur/tools"
*/ -}}
{{- define "overlays.env.api" -}}
{{- include "overlays.resolve" . -}}
{{- include "overlays.apiVariables" (dict "plan" .overlaysPlan "as" "env") | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.env.sandbox (root) -> entries of a container's `env`, or nothing; public
Example: - name: "CENTAUR_SKILL_DIRS"
           value: "/home/agent/github/paradigmxyz/centaur/.agents/skills"
*/ -}}
{{- define "overlays.env.sandbox" -}}
{{- include "overlays.resolve" . -}}
{{- include "overlays.arrayVariables" .overlaysPlan.sandbox | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.arrayVariables (JSON array of {"name", "value"}) -> entries of a container's `env`, each led by a line feed
*/ -}}
{{- define "overlays.arrayVariables" -}}
{{- range fromJsonArray . -}}{{- include "overlays.variable" (list "env" .name .value) -}}{{- end -}}
{{- end -}}

{{- /*
overlays.env.repoCache (root) -> entries of a container's `env`; public
Example: - name: "REPOSITORIES"
           value: "paradigmxyz/centaur"
*/ -}}
{{- define "overlays.env.repoCache" -}}
{{- include "overlays.resolve" . -}}
{{- $order := list "REPOSITORIES" "REPOSITORY_REFS" "SYNC_INTERVAL_SECONDS" "GIT_TERMINAL_PROMPT"
  "REPOSITORY_VISIBILITIES" "REPOSITORY_CLONE_URLS" "OVERLAYS_DIGEST" -}}
{{- $plan := .overlaysPlan -}}
{{- include "overlays.variables" (dict "order" $order "rendered" $plan.repoCache "extra" $plan.values.repoCache.extraEnv "as" "env") | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.digest (root) -> one line; public
Example: sha256:0082f8e613d23a7401f7842413fecd6ff8df6ff03b1990d67c6e3326d10e95e2
*/ -}}
{{- define "overlays.digest" -}}
{{- include "overlays.resolve" . -}}
{{- .overlaysPlan.digest -}}
{{- end -}}

{{- /*
overlays.manifest (root) -> JSON text with a final line feed; public
*/ -}}
{{- define "overlays.manifest" -}}
{{- include "overlays.resolve" . -}}
{{- .overlaysPlan.manifest -}}
{{- end -}}
