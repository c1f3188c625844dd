{{/*
Refuses values that are valid one by one but contradict each other; values.schema.json has checked each by itself.
Lists every contradiction under one header, a line each: two spaces, the value's path, a colon, the problem. The Pulumi
program reads these lines, so keep their form. JSON (toJson) keeps whatever a value holds on its line.
*/}}
{{- define "flask-app.validate" -}}
{{- $faults := list
  (include "flask-app.scalingFaults" .)
  (include "flask-app.containerFaults" .)
  (include "flask-app.portFaults" .)
  (include "flask-app.volumeFaults" .)
  (include "flask-app.mountFaults" .)
  (include "flask-app.networkFaults" .)
  (include "flask-app.modelFaults" .)
  (include "flask-app.secretFaults" .)
| join "" | trim }}
{{- if $faults }}
{{- fail (printf "The values contradict each other:%s" ($faults | nindent 2)) }}
{{- end }}
{{- end }}

{{/*
How many pods of the app there are at least and at most, and the value that says so. Without numbers if replicaCount is
null or autoscaling.external is true: then something outside the chart decides.
*/}}
{{- define "flask-app.podCount" -}}
{{- if .Values.autoscaling.enabled -}}
fewest: {{ .Values.autoscaling.minReplicas }}
fewestKey: autoscaling.minReplicas
most: {{ .Values.autoscaling.maxReplicas }}
mostKey: autoscaling.maxReplicas
{{- else if not (or .Values.autoscaling.external (kindIs "invalid" .Values.replicaCount)) -}}
fewest: {{ .Values.replicaCount }}
fewestKey: replicaCount
most: {{ .Values.replicaCount }}
mostKey: replicaCount
{{- end }}
{{- end }}

{{/* Autoscaling, the disruption budget and the rollout. */}}
{{- define "flask-app.scalingFaults" -}}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
autoscaling.minReplicas: found {{ toJson .minReplicas }}, accepted: at most autoscaling.maxReplicas, which is {{ toJson .maxReplicas }}
{{- end }}
{{- if and .enabled (not .targetCPUUtilizationPercentage) (not .targetMemoryUtilizationPercentage) (not .metrics) }}
autoscaling.enabled: found true, but there is no target; set autoscaling.targetCPUUtilizationPercentage, autoscaling.targetMemoryUtilizationPercentage or autoscaling.metrics
{{- end }}
{{- if and .enabled .external }}
autoscaling.external: found true, but autoscaling.enabled is true as well, so two autoscalers would fight; set one of them to false
{{- end }}
{{- end }}

{{- $count := include "flask-app.podCount" . | fromYaml }}
{{- with .Values.podDisruptionBudget }}
{{- $kept := int .minAvailable }}
{{- if kindIs "string" .minAvailable }}
{{- /* Kubernetes rounds a percentage up. */}}
{{- $kept = div (add (mul ($count.fewest | default 1) (.minAvailable | trimSuffix "%" | int)) 99) 100 }}
{{- end }}
{{- if and .enabled .maxUnavailable (not (has (toString .minAvailable) (list "1" "<nil>"))) }}
podDisruptionBudget.maxUnavailable: found {{ toJson .maxUnavailable }}, but podDisruptionBudget.minAvailable is {{ toJson .minAvailable }}; Kubernetes accepts one of them, so remove one
{{- else if .maxUnavailable }}
{{- else if and .enabled (kindIs "invalid" .minAvailable) }}
podDisruptionBudget.minAvailable: is empty, and so is podDisruptionBudget.maxUnavailable; set one of them
{{- else if and .enabled $count (ge (int $kept) (int $count.fewest)) }}
podDisruptionBudget.minAvailable: found {{ toJson .minAvailable }}, accepted: fewer pods than {{ $count.fewestKey }}, which is {{ $count.fewest }}; otherwise no node can be drained
{{- else if and .enabled (eq (toString .minAvailable) "100%") }}
podDisruptionBudget.minAvailable: found "100%", accepted: less; otherwise no node can be drained
{{- end }}
{{- end }}

{{- with .Values.strategy }}
{{- $unavailable := toString (.rollingUpdate | default dict).maxUnavailable }}
{{- $surge := toString (.rollingUpdate | default dict).maxSurge }}
{{- if and (eq .type "RollingUpdate") (has $unavailable (list "0" "0%")) (has $surge (list "0" "0%")) }}
strategy.rollingUpdate: found maxUnavailable 0 and maxSurge 0, which lets no pod be replaced; set one of them to 1
{{- end }}
{{- end }}
{{- end }}

{{/* Resources, shutdown, and the commands of the migration and the worker. */}}
{{- define "flask-app.containerFaults" -}}
{{- range $key, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources "worker.resources" .Values.worker.resources }}
{{- $limits := $resources.limits | default dict }}
{{- range $resource, $request := $resources.requests }}
{{- $limit := ternary (get $limits $resource) $request (hasKey $limits $resource) }}
{{- if gt (include "flask-app.quantity" $request | float64) (include "flask-app.quantity" $limit | float64) }}
{{ $key }}.requests.{{ $resource }}: found {{ toJson $request }}, accepted: at most {{ $key }}.limits.{{ $resource }}, which is {{ toJson $limit }}
{{- else if and (regexMatch "/|^hugepages-" $resource) (or (not (hasKey $limits $resource)) (lt (include "flask-app.quantity" $request | float64) (include "flask-app.quantity" $limit | float64))) }}
{{ $key }}.requests.{{ $resource }}: found {{ toJson $request }}, accepted: the same as {{ $key }}.limits.{{ $resource }}, which is {{ hasKey $limits $resource | ternary (toJson $limit) "missing" }}
{{- end }}
{{- end }}
{{- end }}

{{- range $name, $probe := .Values.healthCheck }}
{{- $actions := keys (pick $probe "exec" "grpc" "tcpSocket") | sortAlpha }}
{{- if gt (len $actions) 1 }}
healthCheck.{{ $name }}: found {{ join " and " $actions }}, accepted: one of them
{{- else if and $actions (or $probe.httpHeaders $probe.scheme) }}
healthCheck.{{ $name }}: found {{ first $actions }} next to httpHeaders or scheme, which are for a request; remove one
{{- end }}
{{- end }}

{{- if and (not .Values.lifecycle) (ge (int .Values.drainSeconds) (int .Values.terminationGracePeriodSeconds)) }}
drainSeconds: found {{ toJson .Values.drainSeconds }}, accepted: less than terminationGracePeriodSeconds, which is {{ toJson .Values.terminationGracePeriodSeconds }}; otherwise pods are killed while they drain
{{- end }}

{{- with .Values.migration }}
{{- if and .enabled (not .command) (not .args) }}
migration.command: is empty, and so is migration.args, but migration.enabled is true; set one of them
{{- end }}
{{- if and .enabled $.Values.serviceAccount.create (eq (.serviceAccountName | default "") (include "flask-app.serviceAccountName" $)) }}
migration.serviceAccountName: found {{ toJson .serviceAccountName }}, which the chart creates only after the first migration; set serviceAccount.create to false, and create the account outside this release
{{- end }}
{{- end }}
{{- if and .Values.worker.enabled (not .Values.worker.command) (not .Values.worker.args) }}
worker.command: is empty, and so is worker.args, but worker.enabled is true; set one of them
{{- end }}
{{- end }}

{{/* The ports of the Service and of the metrics. */}}
{{- define "flask-app.portFaults" -}}
{{- $names := list "http" }}
{{- if include "flask-app.metricsPort" . }}{{ $names = append $names "metrics" }}{{ end }}
{{- $ports := list (printf "%d/TCP" (int .Values.service.port)) }}
{{- range $index, $extra := .Values.service.extraPorts }}
{{- if has $extra.name $names }}
service.extraPorts[{{ $index }}].name: found {{ toJson $extra.name }}, which another port has; set another name
{{- end }}
{{- $port := printf "%d/%s" (int $extra.port) ($extra.protocol | default "TCP") }}
{{- if has $port $ports }}
service.extraPorts[{{ $index }}].port: found {{ $extra.port }}, which the Service already has; set another port
{{- end }}
{{- $names = append $names $extra.name }}
{{- $ports = append $ports $port }}
{{- end }}
{{- with .Values.serviceMonitor }}
{{- if and .enabled (kindIs "string" .port) (not (has .port $names)) }}
serviceMonitor.port: found {{ toJson .port }}, which is not the name of a port in service.extraPorts; add it there, or set a number
{{- end }}
{{- end }}
{{- end }}

{{/* Volumes and where they are mounted. */}}
{{- define "flask-app.volumeFaults" -}}
{{- $claims := dict }}
{{- if and .Values.persistence.enabled (not .Values.persistence.existingClaim) }}
{{- $_ := set $claims "persistence" .Values.persistence }}
{{- end }}
{{- if and .Values.mlModel.enabled (eq .Values.mlModel.volume.type "claim") }}
{{- $_ := set $claims "mlModel.volume" .Values.mlModel.volume }}
{{- end }}
{{- $count := include "flask-app.podCount" . | fromYaml }}
{{- $worker := .Values.worker }}
{{- $strategy := .Values.strategy }}
{{- $unavailable := ($strategy.rollingUpdate | default dict).maxUnavailable | default 0 }}
{{- range $key, $claim := $claims }}
{{- if not (or (has "ReadWriteMany" $claim.accessModes) (has "ReadOnlyMany" $claim.accessModes)) }}
{{- $found := printf "%s.accessModes: found %s, which serves one pod, but" $key (toJson $claim.accessModes) }}
{{- if $worker.enabled }}
{{ $found }} worker.enabled adds pods; set it to ["ReadWriteMany"]
{{- else if not $count }}
{{ $found }} something outside the chart decides how many there are; set it to ["ReadWriteMany"]
{{- else if gt (int $count.most) 1 }}
{{ $found }} {{ $count.mostKey }} is {{ $count.most }}; set it to ["ReadWriteMany"], or {{ $count.mostKey }} to 1 and strategy.type to Recreate
{{- else if and (eq $strategy.type "RollingUpdate") (regexMatch "^([0-9]?[0-9]%|0)$" (toString $unavailable)) }}
strategy.type: found "RollingUpdate", but {{ $key }}.accessModes is {{ toJson $claim.accessModes }}: a new pod may wait for ever for the volume of the old one; set strategy.type to Recreate, or {{ $key }}.accessModes to ["ReadWriteMany"]
{{- end }}
{{- end }}
{{- end }}

{{- $volumeNames := ternary (list "tmp") list (include "flask-app.mountsTmp" . | not | not) }}
{{- range .Values.extraVolumes }}
{{- $volumeNames = append $volumeNames (tpl (toString .name) $) }}
{{- end }}
{{- range $index, $mount := .Values.extraVolumeMounts }}
{{- $name := tpl (toString $mount.name) $ }}
{{- if not (has $name $volumeNames) }}
extraVolumeMounts[{{ $index }}].name: found {{ toJson $name }}, which is not in extraVolumes; add the volume there
{{- end }}
{{- end }}
{{- end }}

{{/* The model's volume and how it is filled. */}}
{{- define "flask-app.modelFaults" -}}
{{- with .Values.mlModel }}
{{- if and .enabled (not .modelPath) }}
mlModel.modelPath: is empty, but mlModel.enabled is true; set it
{{- end }}
{{- if and .enabled (eq .volume.type "existingClaim") (not .volume.existingClaim) }}
mlModel.volume.existingClaim: is empty, but mlModel.volume.type is existingClaim; set it to the claim's name
{{- end }}
{{- if and .enabled .fetch.enabled (not (has .volume.type (list "emptyDir" "claim"))) }}
mlModel.volume.type: found {{ toJson .volume.type }}, accepted: emptyDir or claim, because mlModel.fetch.enabled needs a volume to write to
{{- end }}
{{- if and .enabled .fetch.enabled (not .fetch.command) }}
mlModel.fetch.command: is empty, but mlModel.fetch.enabled is true; set it
{{- end }}
{{- end }}
{{- end }}

{{/* The chart's own Secret: the key that signs sessions, and the databases. */}}
{{- define "flask-app.secretFaults" -}}
{{- $flask := .Values.flask }}
{{- if and (eq $flask.env "production") (eq $flask.secretKey "change-me-in-production") (not .Values.existingSecret) }}
flask.secretKey: found {{ toJson $flask.secretKey }}, which is public, accepted: a random text of your own, or none, and the chart generates one; or set existingSecret
{{- end }}

{{- range $key := list "database" "redis" }}
{{- $database := get $.Values $key }}
{{- if and $database.enabled (not $.Values.existingSecret) (not $database.host) }}
{{ $key }}.host: is empty, but {{ $key }}.enabled is true; set it to the server's host name
{{- end }}
{{- end }}
{{- end }}

{{/* A Kubernetes quantity, a string or a number, as a number without a unit. */}}
{{- define "flask-app.quantity" -}}
{{- $units := dict "" 1 "n" 1e-9 "u" 1e-6 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 0x1p10 "Mi" 0x1p20 "Gi" 0x1p30 "Ti" 0x1p40 "Pi" 0x1p50 "Ei" 0x1p60 }}
{{- $text := ternary (toString . | trimPrefix "+") (float64 . | printf "%f") (kindIs "string" .) }}
{{- $number := regexFind "^[0-9.]+([eE][-+]?[0-9]+)?" $text }}
{{- mulf $number (get $units (trimPrefix $number $text)) }}
{{- end }}
