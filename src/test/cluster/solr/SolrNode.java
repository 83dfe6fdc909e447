import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** A node of SolrCloud for tests: java -cp JARS SolrNode.java HOME PORT ZOOKEEPER */
public final class SolrNode {
    private static final String XML =
            """
            <solr>
              <solrcloud>
                <str name="host">127.0.0.1</str>
                <int name="hostPort">%s</int>
                <str name="hostContext">solr</str>
                <str name="zkHost">%s</str>
                <int name="zkClientTimeout">6000</int>
                <int name="leaderVoteWait">5000</int>
              </solrcloud>
            </solr>
            """;

    public static void main(String[] args) throws Exception {
        Path home = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
        Files.writeString(home.resolve("solr.xml"), XML.formatted(args[1], args[2]));
        System.setProperty("zkHost", args[2]);
        JettyConfig config =
                JettyConfig.builder().setContext("/solr").setPort(Integer.parseInt(args[1])).build();
        JettySolrRunner runner = new JettySolrRunner(home.toString(), new Properties(), config);
        runner.start(false);
        System.out.println("listening");
        Thread.currentThread().join();
    }
}
