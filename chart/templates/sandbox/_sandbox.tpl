{{- /*
## About    The parts of a pod in which an agent works on its own copy of what the cache serves: an init container makes
            the copy, the agent's container reads it. What says so is public (see _overlays.tpl): a parent chart builds
            a workload of its own from these four, and the chart its PodTemplates.
## Calling  `include` only; the argument is the root context of this chart. Without a cache each prints nothing.
            Hooks (sandbox.extraVolumes and the like) are the PodTemplate's own, as podSecurityContext is: a pod with
            these parts needs a user that may write to the volume.
## Index    overlays.install.initContainer overlays.install.initContainers overlays.sandbox.volumes
            overlays.sandbox.env overlays.sandbox.mounts overlays.sandbox.workspaceMount overlays.sandbox.cacheMount
            overlays.install.container
*/ -}}

{{- /*
overlays.install.initContainer (root) -> items of a pod's `initContainers`, "" without a cache; public
With sandbox.follow a second one that goes on running (a sidecar, Kubernetes 1.29): its first pass is done before the
agent starts, since the first one has ended.
Example: - name: "overlays-install"
           image: "centaur-agent:latest" (see overlays.asker)
*/ -}}
{{- define "overlays.install.initContainer" -}}
{{- include "overlays.resolve" . -}}
{{- if .overlaysPlan.workload -}}
{{- include "overlays.install.initContainers" (dict "root" . "agent" dict) -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.install.initContainers (dict "root" root "agent" dict) -> as overlays.install.initContainer
For one of the plan's agents; for everything with an empty dict.
*/ -}}
{{- define "overlays.install.initContainers" -}}
{{- $root := .root -}}
{{- $flags := list -}}
{{- with .agent.name -}}{{- $flags = list "--agent" . -}}{{- end -}}
{{- include "overlays.install.container" (dict "root" $root "name" "overlays-install" "flags" $flags) -}}
{{- if $root.overlaysPlan.values.sandbox.follow }}
{{ include "overlays.install.container" (dict "root" $root "name" "overlays-follow" "flags" (append $flags "--follow")) }}
  restartPolicy: "Always"
{{- end -}}
{{- end -}}

{{- /*
overlays.sandbox.volumes (root) -> items of a pod's `volumes`, "" without a cache; public
A claim is read-only as a whole: else the kubelet would give every file of the cache to the group of fsGroup, in each
pod that starts.
Example: - name: "overlays-workspace"
           emptyDir: {}
*/ -}}
{{- define "overlays.sandbox.volumes" -}}
{{- include "overlays.resolve" . -}}
{{- if .overlaysPlan.workload -}}
- name: "overlays-workspace"
  emptyDir: {}
{{ include "overlays.cacheVolume" . }}
{{- if .overlaysPlan.claim }}
    readOnly: true
{{- end }}
{{ include "overlays.runtimeVolumes" . }}
{{- end -}}
{{- end -}}

{{- /*
overlays.sandbox.env (root) -> entries of the `env` of the agent's container, "" without a cache; public
Example: - name: "TOOL_DIRS"
           value: "/home/agent/workspace/tools"
*/ -}}
{{- define "overlays.sandbox.env" -}}
{{- include "overlays.resolve" . -}}
{{- include "overlays.arrayVariables" .overlaysPlan.agent | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.sandbox.mounts (root) -> items of the `volumeMounts` of the agent's container, "" without a cache; public
Example: - name: "overlays-workspace"
           mountPath: "/home/agent/workspace"
*/ -}}
{{- define "overlays.sandbox.mounts" -}}
{{- include "overlays.resolve" . -}}
{{- $plan := .overlaysPlan -}}
{{- if $plan.workload -}}
{{- include "overlays.sandbox.workspaceMount" . -}}
{{- with include "overlays.sandbox.cacheMount" . }}
{{ . }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.sandbox.workspaceMount (root) -> one item of the agent container's `volumeMounts`: its copy */ -}}
{{- define "overlays.sandbox.workspaceMount" -}}
- name: "overlays-workspace"
  mountPath: {{ .overlaysPlan.values.sandbox.workspace | quote }}
{{- end -}}

{{- /* overlays.sandbox.cacheMount (root) -> one item, or "": the cache as a whole, which no agent of the values gets */ -}}
{{- define "overlays.sandbox.cacheMount" -}}
{{- if .overlaysPlan.values.sandbox.mountCache -}}
- name: "overlays-cache"
  mountPath: {{ .overlaysPlan.agentPath | quote }}
  readOnly: true
{{- end -}}
{{- end -}}

{{- /*
overlays.install.container (dict "root" root "name" string "flags" list) -> one init container
Memory: 5,000 small items take it 53 MiB, one of 60,000 files 80 MiB, and a repository may have 200,000 files.
*/ -}}
{{- define "overlays.install.container" -}}
{{- $sandbox := .root.overlaysPlan.values.sandbox -}}
{{- $words := list "install" "--dest" $sandbox.workspace "--wait" ($sandbox.wait | int64 | toString) "--fallback" $sandbox.fallback -}}
{{- include "overlays.asker" (dict "root" .root "name" .name "words" (concat $words .flags) "memory" "512Mi") }}
    - name: "overlays-workspace"
      mountPath: {{ $sandbox.workspace | quote }}
{{- end -}}
