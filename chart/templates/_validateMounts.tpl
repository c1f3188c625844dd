{{/* Folders where volumes are mounted: no two volumes at one, and none at /. Part of "flask-app.validate". */}}
{{- define "flask-app.mountFaults" -}}
{{- $mounts := list }}
{{- if include "flask-app.mountsTmp" . }}
{{- $mounts = append $mounts (dict "key" "hardened" "found" "/tmp" "folder" "/tmp") }}
{{- end }}
{{- range $index, $mount := .Values.extraVolumeMounts }}
{{- $found := tpl (toString $mount.mountPath) $ }}
{{- $mounts = append $mounts (dict "key" (printf "extraVolumeMounts[%d].mountPath" $index) "found" $found "folder" (clean $found)) }}
{{- end }}
{{- with .Values.mlModel.modelPath }}
{{- if include "flask-app.modelVolume" (dict "root" $) }}
{{- $mounts = append $mounts (dict "key" "mlModel.modelPath" "found" . "folder" (dir .)) }}
{{- end }}
{{- end }}
{{- with .Values.persistence }}
{{- if .enabled }}
{{- $mounts = append $mounts (dict "key" "persistence.mountPath" "found" .mountPath "folder" (clean .mountPath)) }}
{{- end }}
{{- end }}

{{- $keys := dict }}
{{- range $mounts }}
{{- if eq .folder "/" }}
{{ .key }}: found {{ toJson .found }}, accepted: a folder of its own, because a volume at / hides all files of the image
{{- else if hasKey $keys .folder }}
{{ .key }}: found {{ toJson .found }}, but {{ get $keys .folder }} mounts a volume at {{ .folder }}, too; choose another folder
{{- end }}
{{- $_ := set $keys .folder .key }}
{{- end }}
{{- end }}

{{/* Whether callers outside the cluster reach the app. Part of "flask-app.validate". */}}
{{- define "flask-app.networkFaults" -}}
{{- $peers := toJson .Values.networkPolicy.ingressFrom }}
{{- if and (eq .Values.service.type "LoadBalancer") .Values.networkPolicy.enabled (not (contains "ipBlock" $peers)) }}
networkPolicy.ingressFrom: has no ipBlock, but service.type is LoadBalancer, and the policy refuses callers outside the cluster; add their networks, such as {ipBlock: {cidr: 0.0.0.0/0}} for all
{{- end }}
{{- end }}
