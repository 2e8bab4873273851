<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" forceraster="0">
    <rules key="capacity">
      <rule key="none" symbol="0" label="未知 unknown" filter="&quot;quality&quot; = 'unknown'"/>
      <rule key="full" symbol="1" label="无余量 0 kVA" filter="&quot;quality&quot; &lt;&gt; 'unknown' and &quot;hosting_capacity_kva&quot; &lt;= 0"/>
      <rule key="low" symbol="2" label="&lt; 200 kVA" filter="&quot;hosting_capacity_kva&quot; &gt; 0 and &quot;hosting_capacity_kva&quot; &lt; 200"/>
      <rule key="some" symbol="3" label="200 - 1,250 kVA" filter="&quot;hosting_capacity_kva&quot; &gt;= 200 and &quot;hosting_capacity_kva&quot; &lt; 1250"/>
      <rule key="much" symbol="4" label="&#8805; 1,250 kVA" filter="&quot;hosting_capacity_kva&quot; &gt;= 1250"/>
    </rules>
    <symbols>
      <symbol type="marker" name="0" alpha="1"><layer class="SimpleMarker" enabled="1"><Option type="Map"><Option name="name" type="QString" value="circle"/><Option name="color" type="QString" value="150,150,150,255"/><Option name="size" type="QString" value="1.6"/><Option name="outline_style" type="QString" value="no"/></Option></layer></symbol>
      <symbol type="marker" name="1" alpha="1"><layer class="SimpleMarker" enabled="1"><Option type="Map"><Option name="name" type="QString" value="circle"/><Option name="color" type="QString" value="178,24,43,255"/><Option name="size" type="QString" value="1.8"/><Option name="outline_style" type="QString" value="no"/></Option></layer></symbol>
      <symbol type="marker" name="2" alpha="1"><layer class="SimpleMarker" enabled="1"><Option type="Map"><Option name="name" type="QString" value="circle"/><Option name="color" type="QString" value="239,138,98,255"/><Option name="size" type="QString" value="1.8"/><Option name="outline_style" type="QString" value="no"/></Option></layer></symbol>
      <symbol type="marker" name="3" alpha="1"><layer class="SimpleMarker" enabled="1"><Option type="Map"><Option name="name" type="QString" value="circle"/><Option name="color" type="QString" value="146,197,222,255"/><Option name="size" type="QString" value="1.8"/><Option name="outline_style" type="QString" value="no"/></Option></layer></symbol>
      <symbol type="marker" name="4" alpha="1"><layer class="SimpleMarker" enabled="1"><Option type="Map"><Option name="name" type="QString" value="circle"/><Option name="color" type="QString" value="33,102,172,255"/><Option name="size" type="QString" value="2"/><Option name="outline_style" type="QString" value="no"/></Option></layer></symbol>
    </symbols>
  </renderer-v2>
</qgis>
