"""Values that together reach every branch of the templates."""

from __future__ import annotations

from rendering import Json

EXTRA_OBJECT: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "{{ .Release.Name }}-extra"},
    "data": {"key": "value"},
}

PLACEMENT: Json = {
    "priorityClassName": "system-cluster-critical",
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}
                        ]
                    }
                ]
            }
        }
    },
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "dinero-operator"}},
        }
    ],
}

EXTENSIONS: Json = {
    "extraArgs": ["--made-up"],
    "extraEnv": [
        {"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ],
    "extraVolumes": [{"name": "authorities", "configMap": {"name": "authorities"}}],
    "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/authorities", "readOnly": True}],
    "extraObjects": [
        EXTRA_OBJECT,
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-text",
    ],
}

METADATA: Json = {
    "commonLabels": {"team": "webshops"},
    "annotations": {"example.com/owner": "webshops"},
    "podAnnotations": {"example.com/scrape": "true"},
    "podLabels": {"tier": "backend"},
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccount": {"annotations": {"example.com/role": "operator"}},
    "service": {"annotations": {"example.com/service": "yes"}},
}

NETWORK: Json = {
    "networkPolicy": {
        "enabled": True,
        "ingressFrom": [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        ],
        "extraEgress": [
            {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"port": 3128, "protocol": "TCP"}]}
        ],
    }
}

SETTINGS: Json = {
    "settings": {
        "requestsPerMinute": 100,
        "logFormat": "text",
        "logLevel": "DEBUG",
        "httpPort": 9090,
        "dineroApiUrl": "http://dinero.test.svc:8080",
        "dineroTokenUrl": "http://dinero.test.svc:8080/token",
        "allowInsecureUrls": True,
    }
}

CONNECT: Json = {
    "connect": {"enabled": True, "clientId": "isv_example", "clientSecret": {"name": "visma-app"}},
    "webhooks": {"enabled": True},
    "ingress": {"enabled": True},
    "settings": {"publicUrl": "https://dinero.example.com"},
}

VARIANTS: dict[str, Json] = {
    "default": {},
    "namespaces": {"namespaces": ["webshops", "123"]},
    "shards": {"shards": 3},
    "shards-in-namespaces": {"shards": 2, "namespaces": ["webshops"]},
    "standby": {
        "replicas": 2,
        "leaderElection": {"enabled": True},
        "podDisruptionBudget": {"enabled": True},
    },
    "standby-in-namespaces": {
        "replicas": 3,
        "leaderElection": {"enabled": True},
        "namespaces": ["webshops", "dinero-system"],
    },
    "standby-for-shards": {
        "shards": 3,
        "replicas": 2,
        "leaderElection": {"enabled": True},
        "podDisruptionBudget": {"enabled": True},
        "monitor": {"enabled": True},
    },
    "election-alone": {"leaderElection": {"enabled": True}},
    "pod-monitor": {
        "monitor": {"enabled": True, "namespace": "monitoring", "labels": {"release": "prometheus"}}
    },
    "service-monitor": {
        "shards": 2,
        "monitor": {
            "enabled": True,
            "kind": "ServiceMonitor",
            "interval": "30s",
            "scrapeTimeout": "10s",
            "honorLabels": False,
            "relabelings": [{"action": "labeldrop", "regex": "pod"}],
            "metricRelabelings": [{"action": "labeldrop", "regex": "le"}],
        },
    },
    "network-policy": NETWORK,
    "network-policy-alone": {"networkPolicy": {"enabled": True, "egressPorts": []}},
    "connect": CONNECT,
    "connect-in-namespaces": CONNECT | {"namespaces": ["webshops"]},
    "connect-everything": CONNECT
    | {
        "connect": {
            "enabled": True,
            "clientId": "isv_example",
            "clientSecret": {"name": "visma-app", "key": "secret.txt"},
            "authorizeUrl": "https://connect.example.com/connect/authorize",
            "tokenUrl": "https://connect.example.com/connect/token",
        },
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
            "tlsSecretName": "dinero-tls",
        },
        "extraVolumes": [{"name": "authorities", "configMap": {"name": "authorities"}}],
        "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/authorities", "readOnly": True}],
        "shards": 2,
    },
    "webhooks": {
        "webhooks": {"enabled": True},
        "ingress": {"enabled": True},
        "settings": {"publicUrl": "https://dinero.example.com:8443/shops"},
    },
    "webhooks-standby": {
        "webhooks": {"enabled": True},
        "replicas": 2,
        "leaderElection": {"enabled": True},
    },
    "http-route": {
        "webhooks": {"enabled": True},
        "httpRoute": {
            "enabled": True,
            "parentRefs": [{"name": "public", "namespace": "gateways"}],
            "annotations": {"example.com/owner": "webshops"},
        },
        "settings": {"publicUrl": "https://dinero.example.com"},
    },
    "budget": {"podDisruptionBudget": {"enabled": True}},
    "budget-in-percent": {"shards": 4, "podDisruptionBudget": {"enabled": True, "minAvailable": "50%"}},
    "placement": PLACEMENT,
    "extensions": EXTENSIONS,
    "metadata": METADATA,
    "settings": SETTINGS,
    "digest": {"image": {"repository": "registry.example.com/operator", "digest": "sha256:" + "0" * 64}},
    "assigned-user": {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}},
    "bare": {
        "crds": {"enabled": False},
        "rbac": {"create": False, "aggregateToView": False, "aggregateToEdit": False},
        "serviceAccount": {"create": False},
        "service": {"enabled": False},
        "resources": {"requests": None, "limits": None},
    },
    "everything": PLACEMENT
    | EXTENSIONS
    | METADATA
    | NETWORK
    | SETTINGS
    | {
        "shards": 1000,
        "namespaces": ["webshops"],
        "crds": {"keep": False},
        "monitor": {"enabled": True},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 0},
    },
}
