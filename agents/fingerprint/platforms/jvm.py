"""The JVM: Java, Kotlin, Scala, Clojure, Groovy; Android. Lambdas, proxies, generated accessors."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements, whole_modules

_REPLACEMENTS = (
    (r"/?0x[0-9a-f]{4,16}", ""),  # hidden classes carry their address
    (r"\$\$Lambda(?:\$\d+)?(?:/\d+)?", "$$Lambda"),
    (r"^lambda\$([A-Za-z_]\w{0,200})\$\d+$", r"\1"),  # a lambda is named by the method around it
    (r"^lambda\$\d+$", "lambda"),
    (r"^\$anonfun\$(?:new\$|([\w$]{1,200}?))\$?\d*(?:\$adapted)?$", r"\1"),  # Scala's lambdas
    (r"\$\$anonfun(?:\$[a-z]\w{0,200})?(?:\$\d+)?", "$"),
    (r"\$adapted$|\$extension\d*$", ""),
    (r"\$\$inlined\$[\w$]{1,200}", ""),  # Kotlin's inline functions
    (r"\$lambda[-$]\d+(?:\$lambda[-$]\d+){0,8}$", ""),
    (r"(?<=\w)\$default$", ""),
    (
        r"(?<=[a-z0-9])-[A-Za-z0-9_]{7}(?:\$\w{1,40})?$|-impl(?:\$\w{1,40})?$",
        "",
    ),  # inline classes: total-WZ4Q5Ns
    (r"__\d{1,8}(?:\$|$)", "$"),  # Clojure: fn__1234
    (r"\$_\w{1,100}_closure\d+(?:_closure\d+){0,8}", "$closure"),  # Groovy
    (r"(?<=Script)\d+$", ""),
    (r"\$\d+(?=\$|$)", "$"),  # anonymous classes: Shop$1
    (r"(?<=\w)\$+$", ""),
)

JVM = Platform(
    library_modules=(
        "$Proxy",
        *whole_modules(
            "java javax jdk sun com.sun android androidx com.android dalvik libcore kotlin kotlinx scala groovy "
            "org.codehaus.groovy org.apache.groovy clojure jakarta org.springframework org.apache "
            "org.eclipse.jetty org.hibernate io.netty io.undertow io.vertx io.micronaut io.quarkus io.grpc "
            "io.reactivex reactor akka play org.apache.pekko com.google.common com.google.android "
            "com.google.inject com.google.gson com.facebook.react com.fasterxml okhttp3 okio retrofit2 rx "
            "org.junit junit org.jboss com.zaxxer com.mysql org.postgresql oracle.jdbc net.sf.cglib net.bytebuddy "
            "org.mockito javassist feign com.netflix io.sentry.android io.sentry.spring io.ktor zio cats ring "
            "compojure org.gradle worker.org.gradle com.intellij.rt"
        ),
    ),
    function=replacements(*_REPLACEMENTS),
    module=replacements(*_REPLACEMENTS),
    generated=re.compile(
        r"\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB|ExternalSyntheticLambda|KeyFactoryBy)"
        r"|\$(?:ByteBuddy|HibernateProxy|MockitoMock|LambdaForm|auxiliary)\$"
        r"|(?:^|[./])\$Proxy\d*|_\$\$_(?:jvst|Weld|javassist)|\$Proxy\$_"
        r"|Generated(?:Method|Constructor|SerializationConstructor)Accessor|^access\$\d+$|^-\$\$Nest\$|^-\$\$Lambda\$"
        r"|\$\$Lambda|^invokeSuspend\$\$forInline$|^(?:CGLIB|access)\$\w+\$\d+$"
    ),
)
