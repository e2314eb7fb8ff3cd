import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node. The distribution finds its modules in folders, which no Maven artifact brings; here they are on the
 * class path and named. Arguments: the configuration folder, with opensearch.yml and log4j2.properties; the home folder.
 */
final class StacktideNode extends Node {
    private StacktideNode(Environment environment) {
        super(
            environment,
            List.of(
                Netty4Plugin.class,
                CommonAnalysisPlugin.class,
                ReindexPlugin.class,
                PainlessPlugin.class,
                MapperExtrasPlugin.class),
            false);
    }

    public static void main(String[] arguments) throws Exception {
        Settings home = Settings.builder().put("path.home", arguments[1]).build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(home, Map.of(), Path.of(arguments[0]), () -> "stacktide");
        LogConfigurator.setNodeName("stacktide");
        LogConfigurator.configure(environment);
        Node node = new StacktideNode(environment);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (java.io.IOException error) {
                error.printStackTrace();
            }
        }));
        node.start();
        new CountDownLatch(1).await();
    }
}
